// An OpenID provider on loopback, with TLS. Arguments: key, certificate, a file with the clients (JSON).
// It prints its port. Accounts exist by their names; a test chooses one, and its methods, in the address of the interaction; a person types it there.
// POST /mischief/KIND makes every ID token from then on wrong in one way; "none-of-these" ends that.
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import * as jose from "jose";
import Provider from "oidc-provider";

const [key, certificate, clients] = process.argv.slice(2);
const pair = await jose.generateKeyPair("RS256", { extractable: true });
const foreign = await jose.generateKeyPair("RS256");
const jwk = { ...(await jose.exportJWK(pair.privateKey)), use: "sig", alg: "RS256", kid: "one" };
const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();
const issuer = `https://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: JSON.parse(readFileSync(clients, "utf8")),
  jwks: { keys: [jwk] },
  cookies: { keys: ["for tests alone"] },
  claims: { openid: ["sub", "acr", "amr", "login"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, login: `${id}@city` }) }),
  conformIdTokenClaims: false,
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
});

let mischief = "none-of-these";

async function spoilt(token) {
  const [head, body] = token.split(".");
  const claims = jose.decodeJwt(token);
  const header = jose.decodeProtectedHeader(token);
  const now = Math.floor(Date.now() / 1000);
  const signed = (changes, by = pair.privateKey) =>
    new jose.SignJWT({ ...claims, ...changes }).setProtectedHeader(header).sign(by);
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  switch (mischief) {
    case "other-nonce": return signed({ nonce: "of another sign-in" });
    case "no-nonce": return signed({ nonce: undefined });
    case "expired": return signed({ exp: now - 3600 });
    case "no-end": return signed({ exp: undefined });
    case "in-the-future": return signed({ iat: now + 3600 });
    case "of-before": return signed({ iat: now - 3600 });
    case "other-audience": return signed({ aud: "other" });
    case "two-audiences": return signed({ aud: [claims.aud, "other"], azp: claims.aud });
    case "other-party": return signed({ azp: "other" });
    case "other-issuer": return signed({ iss: "https://elsewhere.example" });
    case "other-access-token": return signed({ at_hash: "AAAAAAAAAAAAAAAAAAAAAA" });
    case "no-subject": return signed({ sub: undefined, login: undefined });
    case "foreign-key": return signed({}, foreign.privateKey);
    case "changed-body": return [head, encoded({ ...claims, sub: "admin" }), token.split(".")[2]].join(".");
    case "unsigned": return `${encoded({ ...header, alg: "none" })}.${body}.`;
    case "public-key-as-secret": {
      const secret = new TextEncoder().encode(await jose.exportSPKI(pair.publicKey));
      return new jose.SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(secret);
    }
    case "own-key-in-header":
      return new jose.SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", jwk: await jose.exportJWK(foreign.publicKey) })
        .sign(foreign.privateKey);
    case "no-token": return undefined;
    default: return token;
  }
}

provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === "token" && ctx.body?.id_token) ctx.body.id_token = await spoilt(ctx.body.id_token);
  if (ctx.path.endsWith("openid-configuration") && mischief === "other-issuer-published")
    ctx.body = { ...ctx.body, issuer: "https://elsewhere.example" };
  if (ctx.path.endsWith("openid-configuration") && mischief === "keys-elsewhere")
    ctx.body = { ...ctx.body, jwks_uri: "https://elsewhere.example/jwks" };
  if (ctx.path.endsWith("openid-configuration") && mischief === "moved") {
    ctx.status = 302;
    ctx.set("Location", "https://elsewhere.example/");
  }
  if (ctx.path.endsWith("openid-configuration") && mischief === "endless") ctx.body = "x".repeat(1024 * 1024);
});

async function interact(request, response, address) {
  const { params, prompt, grantId } = await provider.interactionDetails(request, response);
  if (address.searchParams.has("refuse"))
    return provider.interactionFinished(request, response, { error: "access_denied" });
  const accountId = address.searchParams.get("account");
  if (accountId === null) {
    response.setHeader("content-type", "text/html");
    return response.end('<form><label>Account <input name="account"></label><button>Sign in</button></form>');
  }
  const amr = address.searchParams.getAll("amr");
  const acr = address.searchParams.get("acr") ?? undefined;
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope("openid");
  const login = { accountId, amr, acr };
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { login, consent, prompt: prompt.name });
}

const handle = provider.callback();
server.on("request", async (request, response) => {
  const address = new URL(request.url, issuer);
  if (address.pathname.startsWith("/mischief/")) {
    mischief = address.pathname.slice("/mischief/".length);
    response.end();
  } else if (address.pathname.startsWith("/interaction/")) {
    await interact(request, response, address);
  } else {
    handle(request, response);
  }
});
console.log(port);

// The authorisation server (oidc-provider): client credentials alone, opaque tokens, so that a token can be revoked.
import { generateKeyPair, exportJWK } from 'jose';
import { Provider, errors } from 'oidc-provider';
import { RESOURCE, SCOPES } from './settings.js';

// Tokens live in memory: a restart revokes them all, which clients must bear anyway.
class Shelf {
  static all = new Map();

  constructor(model) { this.model = model; }

  async upsert(id, payload, seconds) {
    Shelf.all.set(`${this.model}:${id}`, { payload, until: seconds ? Date.now() + seconds * 1000 : Infinity });
    if (Shelf.all.size > 5000) for (const [key, entry] of Shelf.all) if (entry.until < Date.now()) Shelf.all.delete(key);
  }

  async find(id) {
    const entry = Shelf.all.get(`${this.model}:${id}`);
    return entry && entry.until > Date.now() ? entry.payload : undefined;
  }

  async findByUid() { return undefined; }

  async findByUserCode() { return undefined; }

  async consume() {}

  async destroy(id) { Shelf.all.delete(`${this.model}:${id}`); }

  async revokeByGrantId() {}
}

export async function makeTokens(issuer, clients, tokenSeconds) {
  // The library wants a signing key of its own although no ID token is ever made.
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = new Provider(issuer, {
    adapter: Shelf,
    clients: clients.map((client) => ({
      client_id: client.id,
      client_secret: client.secret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: client.scopes.join(' '),
    })),
    scopes: SCOPES,
    clientAuthMethods: ['client_secret_basic'],
    jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'RS256', use: 'sig' }] },
    routes: { token: '/oauth/token', revocation: '/oauth/revoke' },
    ttl: { ClientCredentials: () => tokenSeconds },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => { throw new errors.InvalidTarget('the parameter resource is required'); },
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== RESOURCE) throw new errors.InvalidTarget('no such resource');
          return { scope: SCOPES.join(' '), audience: RESOURCE, accessTokenFormat: 'opaque', accessTokenTTL: tokenSeconds };
        },
      },
    },
  });
  const answer = provider.callback();
  return {
    isPath: (path) => path === '/oauth/token' || path === '/oauth/revoke',
    serve: (request, response) => answer(request, response),
    // { client, scopes }, or undefined when the token is missing, expired or revoked.
    async judge(authorization) {
      const [, value] = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '') ?? [];
      const token = value && await provider.ClientCredentials.find(value);
      if (!token || token.isExpired || token.aud !== RESOURCE) return undefined;
      const client = clients.find(({ id }) => id === token.clientId);
      return client && { client, scopes: new Set((token.scope ?? '').split(' ')) };
    },
    revokeAll() {
      let count = 0;
      for (const key of Shelf.all.keys()) if (key.startsWith('ClientCredentials:')) { Shelf.all.delete(key); count += 1; }
      return count;
    },
  };
}

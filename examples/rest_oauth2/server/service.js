// One request from the first octet to the last: fault, token, organisation, scope, parameters, body, operation, answer.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody, readParameters, route } from './operations.js';
import { Refusal } from './problems.js';

const MOST_BODY = 12 * 1024 * 1024;
const HTML = { status: 502, type: 'text/html; charset=utf-8', text: '<html><body><h1>502 Bad Gateway</h1></body></html>\n' };
const REQUEST_ID = /^[A-Za-z0-9._:~-]{1,100}$/;

export function makeHandler({ operations, tokens, faults, report }) {
  return async (request, response) => {
    request.on('error', () => {});
    response.on('error', () => {});
    const url = new URL(request.url, 'https://localhost');
    const asked = request.headers['x-request-id'];
    const requestId = REQUEST_ID.test(asked ?? '') ? asked : randomUUID();
    try {
      if (tokens.isPath(url.pathname)) await serveToken(request, response, requestId);
      else await serve(request, response, url, requestId);
    } catch (trouble) {
      report(trouble);
      request.socket.destroy();
    }
  };

  async function serveToken(request, response, requestId) {
    const fault = request.url === '/oauth/token' ? faults.choose('token', requestId) : null;
    const refuse = (status, error) => send(response, requestId, { status, type: 'application/json', text: JSON.stringify({ error }), headers: { 'Cache-Control': 'no-store' } });
    switch (fault?.fault) {
      case 'cut-before': return request.socket.destroy();
      case 'cut-after': response.write = response.end = () => request.socket.destroy(); break;
      case 'delay-before': case 'delay-after': await sleep(fault.seconds * 1000); break;
      case 'token-error': case 'internal': return refuse(500, 'server_error');
      case 'token-refused': return refuse(401, 'invalid_client');
      case 'busy': case 'closed': return send(response, requestId, retryLater(fault, requestId));
      case 'gateway-before': case 'gateway-after': return send(response, requestId, HTML);
      case 'revoke-all': tokens.revokeAll(); break;
      default:
    }
    return tokens.serve(request, response);
  }

  async function serve(request, response, url, requestId) {
    let found;
    try {
      found = route(request.method, url.pathname);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return send(response, requestId, problem(refusal, requestId));
    }
    const octets = await readOctets(request);
    const fault = faults.choose(found.id, requestId);
    const carryOut = () => answer(request, url, found, octets, requestId);
    switch (fault?.fault) {
      case 'cut-before': return request.socket.destroy();
      case 'gateway-before': return send(response, requestId, HTML);
      case 'busy': case 'closed': return send(response, requestId, retryLater(fault, requestId));
      case 'internal': return send(response, requestId, problem(new Refusal('internal'), requestId));
      case 'delay-before': await sleep(fault.seconds * 1000); break;
      case 'revoke-all': tokens.revokeAll(); break;
      case 'twice': await carryOut(); break;
      default:
    }
    const made = await carryOut();
    switch (fault?.fault) {
      case 'cut-after': return request.socket.destroy();
      case 'cut-middle': return sendHalf(request, response, requestId, made);
      case 'gateway-after': return send(response, requestId, HTML);
      case 'delay-after': await sleep(fault.seconds * 1000); break;
      default:
    }
    return send(response, requestId, made);
  }

  // An answer, also of a refusal. Nothing is acted on before the last line of the first block.
  async function answer(request, url, { id, operation, path }, octets, requestId) {
    try {
      const needed = (operation.security ?? [{ oauth2: [] }]).flatMap((scheme) => scheme.oauth2 ?? []);
      const open = operation.security?.length === 0;
      const bearer = open ? undefined : await tokens.judge(request.headers.authorization);
      if (!open && !bearer) throw new Refusal('token', { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
      // The organisation before the schema: a code of the wrong form is a wrong code as well.
      if (path.org !== undefined && path.org !== bearer.client.organisation) throw new Refusal('organisation');
      const lacking = needed.find((scope) => !bearer.scopes.has(scope));
      if (lacking) throw new Refusal('scope', { headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${lacking}"` } });
      if (octets === null) throw new Refusal('too-large');
      const parameters = readParameters(operation, { path, search: url.searchParams, headers: request.headers });
      const body = readBody(operation, request.headers, octets);
      const made = operations[id]({ client: bearer?.client, ...parameters, body });
      return { type: 'application/json', ...made, text: made.body === undefined ? '' : JSON.stringify(made.body) };
    } catch (trouble) {
      if (trouble instanceof Refusal) return problem(trouble, requestId);
      report(trouble);
      return problem(new Refusal('internal'), requestId);
    }
  }
}

function problem(refusal, requestId) {
  return { status: refusal.status, type: 'application/problem+json', text: JSON.stringify(refusal.document(requestId)), headers: refusal.headers };
}

function retryLater({ fault, seconds }, requestId) {
  return problem(new Refusal(fault, { headers: { 'Retry-After': String(Math.max(1, Math.ceil(seconds))) } }), requestId);
}

function head(response, requestId, { status, type, text, headers }) {
  response.writeHead(status, {
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
    ...(status === 204 ? {} : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }),
    ...headers,
  });
}

function send(response, requestId, made) {
  head(response, requestId, made);
  response.end(made.status === 204 ? undefined : made.text);
}

function sendHalf(request, response, requestId, made) {
  head(response, requestId, made);
  response.write(made.text.slice(0, Math.ceil(made.text.length / 2)), () => request.socket.destroy());
}

// All of the body, or null when it is too large (it is read to its end all the same, so that the refusal can be sent).
async function readOctets(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_BODY) parts.push(part);
  }
  return size > MOST_BODY ? null : Buffer.concat(parts);
}

// The operations of the contract: what each reads, and what it answers.
import { tehran } from './clock.js';
import { Refusal } from './problems.js';
import { contract, judge, named, resolve } from './schema.js';

const VERSION = contract.info.version;

export function makeOperations({ letters, receipts, jwks }) {
  return {
    ping: () => ({ status: 200, body: { service: 'ravan', version: VERSION, time: tehran(Date.now()) } }),
    keys: () => ({ status: 200, body: jwks, type: 'application/jwk-set+json' }),
    findLetters: ({ client, query }) => ({ status: 200, body: letters.find(client, query.reference) }),
    readLetter: ({ client, path }) => ({ status: 200, body: letters.read(client, path.letter) }),
    sendLetter({ client, path, header, body }) {
      const { letter, replayed } = letters.send(client, path.letter, header['Idempotency-Key'], body);
      return {
        status: 202,
        headers: { Location: `/v2/organisations/${letter.organisation}/letters/${letter.number}`, ...(replayed ? { 'Idempotency-Replayed': 'true' } : {}) },
        body: { number: letter.number, status: letter.status, receivedAt: letter.receivedAt },
      };
    },
    nextReceipts: ({ client, query }) => ({ status: 200, body: receipts.page(client.organisation, query.after, query.limit ?? 50) }),
    confirmReceipts({ client, body }) {
      receipts.confirm(client.organisation, body.until);
      return { status: 204 };
    },
  };
}

// Finds the operation of a request in the published document: { id, operation, path } or a refusal.
export function route(method, pathname) {
  const parts = pathname.split('/');
  for (const [template, item] of Object.entries(contract.paths)) {
    const names = template.split('/');
    if (names.length !== parts.length) continue;
    const path = {};
    const fits = names.every((name, index) => {
      const [, variable] = /^\{(.+)\}$/.exec(name) ?? [];
      if (!variable) return name === parts[index];
      path[variable] = decode(parts[index]);
      return path[variable] !== '';
    });
    if (!fits) continue;
    const operation = item[method.toLowerCase()];
    if (!operation) throw new Refusal('method', { headers: { Allow: Object.keys(item).map((name) => name.toUpperCase()).join(', ') } });
    return { id: operation.operationId, operation, path };
  }
  throw new Refusal('path');
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('path');
  }
}

// The parameters that the document names, judged by their schemas; what it does not name in the query is refused.
export function readParameters(operation, { path, search, headers }) {
  const found = { path: {}, query: {}, header: {} };
  const errors = [];
  for (const parameter of operation.parameters.map(resolve)) {
    const { name, in: place, required, schema } = parameter;
    const values = place === 'query' ? search.getAll(name) : [place === 'path' ? path[name] : headers[name.toLowerCase()]].filter((value) => value !== undefined);
    const wrong = (text) => errors.push({ in: place, pointer: `/${name}`, text });
    if (values.length > 1) wrong('این پارامتر بیش از یک بار آمده است.');
    else if (values.length === 0 && required) wrong('این پارامتر الزامی است.');
    else if (values.length === 1) {
      const value = resolve(schema).type === 'integer' && /^\d{1,9}$/.test(values[0]) ? Number(values[0]) : values[0];
      for (const { text } of judge(value, schema)) wrong(text);
      found[place][name] = value;
    }
  }
  const known = new Set(operation.parameters.map(resolve).filter((parameter) => parameter.in === 'query').map(({ name }) => name));
  for (const name of search.keys()) if (!known.has(name)) errors.push({ in: 'query', pointer: `/${name}`, text: 'این پارامتر در قرارداد نیست.' });
  if (errors.length) throw new Refusal('schema', { errors });
  return found;
}

export function readBody(operation, headers, octets) {
  if (!operation.requestBody) {
    if (octets.length) throw new Refusal('schema', { errors: [{ in: 'body', pointer: '/', text: 'این عملیات بدنه ندارد.' }] });
    return undefined;
  }
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) throw new Refusal('media-type');
  let body;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets));
  } catch {
    throw new Refusal('schema', { errors: [{ in: 'body', pointer: '/', text: 'بدنه درخواست JSON معتبر نیست.' }] });
  }
  const name = operation.requestBody.content['application/json'].schema.$ref.split('/').at(-1);
  const errors = judge(body, named(name)).map((error) => ({ in: 'body', ...error }));
  if (errors.length) throw new Refusal('schema', { errors });
  return body;
}

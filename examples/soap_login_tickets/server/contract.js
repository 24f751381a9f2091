// What a request must be: the published XSD (as much of XML Schema as it uses), and the form of the envelope.
// A construct of the XSD that is not known here stops the service at its start: what is published is what is checked.
import { readFileSync } from "node:fs";
import { DOMParser } from "@xmldom/xmldom";
import { EXCHANGE, SERVICE } from "./codes.js";

const SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
const XMLNS = "http://www.w3.org/2000/xmlns/";
const XS = "http://www.w3.org/2001/XMLSchema";

export class Violation extends Error {}

export class SoapFault extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const childrenOf = (node) => Array.from(node.childNodes).filter((child) => child.nodeType === 1);
const is = (node, space, name) => node?.namespaceURI === space && node.localName === name;
const named = (node, name) => node.getAttribute(name);

export function parse(text) {
  const stop = (message) => { throw new SoapFault("soap:Client", message.split("\n")[0]); };
  if (/<!DOCTYPE|<!\[CDATA\[/.test(text)) stop("DOCTYPE and CDATA are not allowed");
  const document = new DOMParser({ errorHandler: { warning: stop, error: stop, fatalError: stop } }).parseFromString(text, "text/xml");
  if (!document?.documentElement) stop("no XML");
  return document.documentElement;
}

const BUILT_IN = {
  string: () => true,
  boolean: (text) => /^\s*(true|false|0|1)\s*$/.test(text),
  int: (text) => /^\s*[+-]?\d{1,10}\s*$/.test(text) && Math.abs(Number(text)) < 2 ** 31,
  base64Binary: (text) => {
    const packed = text.replace(/\s/g, "");
    return Buffer.from(packed, "base64").toString("base64") === packed;
  },
};

function facet(node) {
  const value = named(node, "value");
  const kind = node.localName;
  const pattern = kind === "pattern" ? new RegExp(`^(?:${value})$`, "u") : undefined;
  const test = {
    pattern: (text) => pattern.test(text),
    minLength: (text) => [...text].length >= Number(value),
    maxLength: (text) => [...text].length <= Number(value),
    minInclusive: (text) => Number(text) >= Number(value),
    maxInclusive: (text) => Number(text) <= Number(value),
  }[kind];
  if (!test) throw new Error(`the facet ${kind} is not known`);
  return test;
}

export class Contract {
  constructor(file) {
    this.elements = new Map();
    this.types = new Map();
    const root = parse(readFileSync(file, "utf8"));
    for (const node of this.#parts(root)) {
      (node.localName === "element" ? this.elements : this.types).set(named(node, "name"), node);
    }
    for (const node of [...this.elements.values()]) this.#compile(node);
  }

  #parts(node) {
    return childrenOf(node).filter((child) => child.localName !== "annotation");
  }

  // The type of a declaration: {children: [{name, least, most, type}]} or {tests: [function of text]}.
  #compile(node) {
    if (node.compiled) return node.compiled;
    const [inside] = this.#parts(node);
    if (node.localName === "element") node.compiled = inside ? this.#compile(inside) : this.#reference(node, "type");
    else if (node.localName === "complexType" && inside?.localName === "sequence") {
      node.compiled = {
        children: this.#parts(inside).map((part) => ({
          name: named(part, "name"), type: this.#compile(part), least: Number(named(part, "minOccurs") || 1),
          most: named(part, "maxOccurs") === "unbounded" ? Infinity : Number(named(part, "maxOccurs") || 1),
        })),
      };
    } else if (node.localName === "simpleType" && inside?.localName === "restriction") {
      const facets = this.#parts(inside);
      const words = facets.filter((one) => one.localName === "enumeration").map((one) => named(one, "value"));
      const tests = facets.filter((one) => one.localName !== "enumeration").map(facet);
      if (words.length) tests.push((text) => words.includes(text));
      node.compiled = { tests: [...this.#reference(inside, "base").tests, ...tests] };
    } else throw new Error(`the construct ${node.localName} is not known`);
    return node.compiled;
  }

  #reference(node, attribute) {
    const [prefix, name] = named(node, attribute).split(":");
    if (node.lookupNamespaceURI(prefix) === XS) {
      if (!BUILT_IN[name]) throw new Error(`the type xs:${name} is not known`);
      return { tests: [BUILT_IN[name]] };
    }
    return this.#compile(this.types.get(name));
  }

  // Throws a Violation that names the first element that does not fit.
  judge(element) {
    const declared = is(element, EXCHANGE, element.localName) && this.elements.get(element.localName);
    if (!declared) throw new Violation(element.localName);
    this.#judge(element, declared.compiled, true);
  }

  #judge(element, type, top) {
    for (const attribute of Array.from(element.attributes)) {
      // a header block may have SOAP's own attributes
      if (attribute.namespaceURI !== XMLNS && !(top && attribute.namespaceURI === SOAP)) throw new Violation(`${element.localName}/@${attribute.name}`);
    }
    const inside = childrenOf(element);
    if (type.tests) {
      if (inside.length || !type.tests.every((test) => test(element.textContent))) throw new Violation(element.localName);
      return;
    }
    for (const node of Array.from(element.childNodes)) {
      if (node.nodeType === 7 || (node.nodeType === 3 && node.data.trim())) throw new Violation(element.localName);
    }
    for (const part of type.children) {
      let count = 0;
      for (; count < part.most && is(inside[0], EXCHANGE, part.name); count += 1) this.#judge(inside.shift(), part.type, false);
      if (count < part.least) throw new Violation(part.name);
    }
    if (inside.length) throw new Violation(inside[0].localName);
  }

  // What a request says: {operation, token, violation}. A SoapFault is thrown where it is no call at all.
  open(text, action) {
    const envelope = parse(text);
    if (envelope.localName === "Envelope" && envelope.namespaceURI !== SOAP) throw new SoapFault("soap:VersionMismatch", "SOAP 1.1 alone");
    const parts = childrenOf(envelope);
    const header = is(parts[0], SOAP, "Header") ? parts.shift() : undefined;
    const content = is(parts[0], SOAP, "Body") && parts.length === 1 ? childrenOf(parts[0]) : [];
    if (!is(envelope, SOAP, "Envelope") || content.length !== 1) throw new SoapFault("soap:Client", "an Envelope with one element in its Body");
    const operation = content[0].localName;
    if (action !== `"${SERVICE}/${operation}"`) throw new SoapFault("soap:Client", "SOAPAction and Body name different operations");
    if (!is(content[0], EXCHANGE, operation) || !this.elements.has(`${operation}Response`)) throw new SoapFault("soap:Client", "no such operation");
    const blocks = header ? childrenOf(header) : [];
    const strange = blocks.filter((block) => operation === "Login" || !is(block, EXCHANGE, "Session"));
    if (strange.some((block) => block.getAttributeNS(SOAP, "mustUnderstand") === "1")) throw new SoapFault("soap:MustUnderstand", strange[0].localName);
    const token = blocks.filter((block) => is(block, EXCHANGE, "Session")).flatMap(childrenOf).find((one) => is(one, EXCHANGE, "Token"))?.textContent;
    try {
      if (strange.length) throw new Violation(strange[0].localName);
      if (blocks.length > 1) throw new Violation("Session");
      for (const block of blocks) this.judge(block);
      this.judge(content[0]);
    } catch (error) {
      if (error instanceof Violation) return { operation, token, violation: error.message };
      throw error;
    }
    return { operation, token };
  }
}

// A reader of XML Schema, as much of it as the contract's files use. A construct that it does not know
// stops the service at its start, so what is published is what is checked.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attributesOf, childrenOf, escape, hasLooseText, parse } from "./xml.js";

const XS = "http://www.w3.org/2001/XMLSchema";
const XSI = "http://www.w3.org/2001/XMLSchema-instance";

export class Violation extends Error {}

const BUILT_IN = {
  string: (text) => text,
  int: (text) => {
    const trimmed = text.trim();
    const number = Number(trimmed);
    if (!/^[+-]?[0-9]+$/.test(trimmed) || number < -2147483648 || number > 2147483647) return undefined;
    return number;
  },
  base64Binary: (text) => {
    const packed = text.replace(/[ \t\r\n]/g, "");
    const octets = Buffer.from(packed, "base64");
    return octets.toString("base64") === packed ? octets : undefined;
  },
};

export class Schema {
  constructor(file) {
    this.elements = new Map();
    this.types = new Map();
    this.files = new Set();
    this.#load(file);
  }

  #load(file) {
    if (this.files.has(file)) return;
    this.files.add(file);
    const root = parse(readFileSync(file, "utf8")).documentElement;
    const space = root.getAttribute("targetNamespace");
    const qualified = root.getAttribute("elementFormDefault") === "qualified";
    for (const node of this.#parts(root)) {
      const name = `{${space}}${node.getAttribute("name")}`;
      if (node.localName === "import") this.#load(join(dirname(file), node.getAttribute("schemaLocation")));
      else if (node.localName === "element") this.elements.set(name, this.#element(node, space, qualified, true));
      else this.types.set(name, this.#type(node, space, qualified));
    }
  }

  #parts(node) {
    return childrenOf(node).filter((child) => child.localName !== "annotation");
  }

  #reference(node, attribute) {
    const [prefix, name] = node.getAttribute(attribute).split(":");
    const space = node.lookupNamespaceURI(prefix);
    if (space !== XS) return { named: `{${space}}${name}` };
    if (!BUILT_IN[name]) throw new Error(`schema: the type xs:${name} is not known here`);
    return { base: BUILT_IN[name], facets: [] };
  }

  #element(node, space, qualified, global) {
    const inside = this.#parts(node);
    const most = node.getAttribute("maxOccurs") || "1";
    return {
      name: node.getAttribute("name"),
      space: global || qualified ? space : "",
      least: Number(node.getAttribute("minOccurs") || "1"),
      most: most === "unbounded" ? Infinity : Number(most),
      type: inside.length ? this.#type(inside[0], space, qualified) : this.#reference(node, "type"),
    };
  }

  #type(node, space, qualified) {
    const [inside] = this.#parts(node);
    if (node.localName === "complexType" && inside?.localName === "sequence") {
      return { children: this.#parts(inside).map((part) => this.#element(part, space, qualified, false)) };
    }
    if (node.localName === "simpleType" && inside?.localName === "restriction") {
      const facets = this.#parts(inside).map((facet) => [facet.localName, facet.getAttribute("value")]);
      return { ...this.#reference(inside, "base"), facets: this.#facets(facets) };
    }
    throw new Error(`schema: ${node.localName} is not known here`);
  }

  #facets(list) {
    const checks = [];
    const allowed = list.filter(([name]) => name === "enumeration").map(([, value]) => value);
    if (allowed.length) checks.push((value) => allowed.includes(value));
    for (const [name, text] of list) {
      const pattern = name === "pattern" ? new RegExp(`^(?:${text})$`, "u") : null;
      const number = Number(text);
      if (name === "enumeration") continue;
      else if (pattern) checks.push((value) => pattern.test(value));
      else if (name === "minLength") checks.push((value) => [...value].length >= number);
      else if (name === "maxLength") checks.push((value) => [...value].length <= number);
      else if (name === "minInclusive") checks.push((value) => value >= number);
      else if (name === "maxInclusive") checks.push((value) => value <= number);
      else throw new Error(`schema: the facet ${name} is not known here`);
    }
    return checks;
  }

  #resolve(type) {
    return type.named ? this.types.get(type.named) : type;
  }

  // The element as an object of plain values; a Violation names the first element that does not fit.
  read(element) {
    const declared = this.elements.get(`{${element.namespaceURI ?? ""}}${element.localName}`);
    if (!declared) throw new Violation(element.localName);
    return this.#read(element, declared.type, true);
  }

  #read(element, reference, top = false) {
    const type = this.#resolve(reference);
    // SOAP's own attributes (mustUnderstand, actor) and an Id may stand on the outermost element alone.
    const strange = attributesOf(element).filter((item) => !(top && item.namespaceURI)
      && !(item.namespaceURI === XSI && item.localName === "schemaLocation"));
    if (strange.length) throw new Violation(`${element.localName}/@${strange[0].name}`);
    if (!type.children) return this.#simple(element, type);
    if (hasLooseText(element)) throw new Violation(element.localName);
    const value = {};
    const waiting = childrenOf(element);
    for (const part of type.children) {
      const found = [];
      while (waiting.length && found.length < part.most && waiting[0].localName === part.name
             && (waiting[0].namespaceURI ?? "") === part.space) {
        found.push(this.#read(waiting.shift(), part.type));
      }
      if (found.length < part.least) throw new Violation(part.name);
      if (part.most > 1) value[part.name] = found;
      else if (found.length) [value[part.name]] = found;
    }
    if (waiting.length) throw new Violation(waiting[0].localName);
    return value;
  }

  #simple(element, type) {
    if (childrenOf(element).length) throw new Violation(element.localName);
    const value = type.base(element.textContent);
    if (value === undefined || !type.facets.every((check) => check(value))) throw new Violation(element.localName);
    return value;
  }

  // The XML of a global element, from an object such as read() gives.
  write(space, name, value) {
    const declared = this.elements.get(`{${space}}${name}`);
    return `<m:${name} xmlns:m="${space}">${this.#write(declared.type, value, space)}</m:${name}>`;
  }

  #write(reference, value, space) {
    const type = this.#resolve(reference);
    if (!type.children) return escape(Buffer.isBuffer(value) ? value.toString("base64") : value);
    return type.children.map((part) => {
      const tag = part.space === space ? `m:${part.name}` : part.name;
      const list = value[part.name] === undefined ? [] : [value[part.name]].flat();
      return list.map((item) => `<${tag}>${this.#write(part.type, item, space)}</${tag}>`).join("");
    }).join("");
  }
}

// Reading XML without forgiveness, and the few steps over a tree that the service needs.
import { DOMParser } from "@xmldom/xmldom";

export class NotXml extends Error {}

export function parse(text) {
  const refuse = (message) => {
    throw new NotXml(String(message).split("\n")[0]);
  };
  if (!/^\s*</.test(text)) refuse("no XML document");
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) refuse("a DOCTYPE is not allowed");
  let tree;
  try {
    tree = new DOMParser({ errorHandler: { warning: refuse, error: refuse, fatalError: refuse } })
      .parseFromString(text, "text/xml");
  } catch (error) {
    refuse(error.message);
  }
  if (!tree?.documentElement) refuse("no element");
  const roots = Array.from(tree.childNodes).filter((node) => node.nodeType === 1);
  if (roots.length !== 1) refuse("more than one root element");
  return tree;
}

export function childrenOf(element) {
  return Array.from(element.childNodes).filter((node) => node.nodeType === 1);
}

export function is(element, namespace, name) {
  return element.localName === name && (element.namespaceURI ?? "") === namespace;
}

export function named(element, namespace, name) {
  return childrenOf(element).filter((child) => is(child, namespace, name));
}

// The one child of that name; undefined where there is none or more than one.
export function only(element, namespace, name) {
  const found = named(element, namespace, name);
  return found.length === 1 ? found[0] : undefined;
}

export function attributesOf(element) {
  return Array.from(element.attributes).filter((item) => item.name !== "xmlns" && item.prefix !== "xmlns");
}

// True where text stands between the element's children.
export function hasLooseText(element) {
  return Array.from(element.childNodes).some((node) => (node.nodeType === 3 || node.nodeType === 4) && node.data.trim());
}

export function escape(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;").replace(/\r/g, "&#13;");
}

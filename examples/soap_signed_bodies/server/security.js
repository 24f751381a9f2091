// WS-Security of this contract: one signature over the Body and nothing else, in both directions.
import { SignedXml } from "xml-crypto";
import { issuerName, serialNumber } from "./keys.js";
import { BASE64, DS, EXCLUSIVE, RSA_SHA256, SHA256, SOAP, WSSE, WSU, X509V3 } from "./names.js";
import { attributesOf, childrenOf, hasLooseText, is, only, parse } from "./xml.js";

// Ends a request with a SOAP Fault: the message is no envelope, or its signature is not good.
export class FaultError extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

const malformed = (text) => new FaultError("soap:Client", text);
const unsafe = (text) => new FaultError("wsse:InvalidSecurity", text);

const algorithm = (element, namespace, name) => element && only(element, namespace, name)?.getAttribute("Algorithm");

// Header and Body of an envelope; a Fault where it is none.
export function open(text) {
  let envelope;
  try {
    envelope = parse(text).documentElement;
  } catch (error) {
    throw malformed(`پیام XML درست نیست: ${error.message}`);
  }
  if (envelope.localName === "Envelope" && envelope.namespaceURI !== SOAP) {
    throw new FaultError("soap:VersionMismatch", "نسخه SOAP پذیرفته نیست");
  }
  const [header, body, ...more] = childrenOf(envelope);
  if (!is(envelope, SOAP, "Envelope") || !body || more.length || !is(header, SOAP, "Header") || !is(body, SOAP, "Body")) {
    throw malformed("پیام پاکت SOAP با سرآیند و بدنه نیست");
  }
  return { header, body };
}

// The element inside the signed Body and the client that signed it. What is returned is read from the octets that
// the signature covers, not from the message as it came.
export function verify(text, header, body, clients) {
  const security = only(header, WSSE, "Security");
  const parts = security ? childrenOf(security) : [];
  const token = security && only(security, WSSE, "BinarySecurityToken");
  const signature = security && only(security, DS, "Signature");
  if (!token || !signature || parts.length !== 2) throw unsafe("سرآیند امنیت باید یک گواهی و یک امضا داشته باشد و نه بیشتر");
  checkForm(signature, token, body);

  const octets = Buffer.from(token.textContent, "base64");
  const now = new Date();
  const owners = clients.filter(({ x509 }) => x509.raw.equals(octets)
    && now >= new Date(x509.validFrom) && now <= new Date(x509.validTo));
  if (!owners.length) throw new FaultError("wsse:InvalidSecurityToken", "گواهی امضاکننده ثبت نشده است");

  let signed;
  try {
    const check = new SignedXml({ publicCert: owners[0].x509.publicKey });
    check.loadSignature(signature.toString());
    if (check.checkSignature(text)) [signed] = check.getSignedReferences();
  } catch {
    signed = undefined;
  }
  const covered = signed && parse(signed).documentElement;
  if (!covered || !is(covered, SOAP, "Body")) throw new FaultError("wsse:FailedCheck", "امضای بدنه درست نیست");
  const content = childrenOf(covered);
  if (content.length !== 1 || hasLooseText(covered)) throw malformed("بدنه باید یک عنصر داشته باشد");
  return { content: content[0], owners };
}

function checkForm(signature, token, body) {
  const info = only(signature, DS, "SignedInfo");
  const reference = info && only(info, DS, "Reference");
  const transforms = reference && only(reference, DS, "Transforms");
  const list = transforms ? childrenOf(transforms) : [];
  const id = body.getAttributeNS(WSU, "Id");
  const fits = algorithm(info, DS, "CanonicalizationMethod") === EXCLUSIVE
    && algorithm(info, DS, "SignatureMethod") === RSA_SHA256
    && algorithm(reference, DS, "DigestMethod") === SHA256
    && list.length === 1 && list[0].getAttribute("Algorithm") === EXCLUSIVE;
  if (!fits) throw unsafe("الگوریتم‌های امضا پذیرفته نیست");
  if (!id || reference.getAttribute("URI") !== `#${id}` || countIds(body.ownerDocument.documentElement, id) !== 1) {
    throw unsafe("امضا باید بدنه و تنها بدنه را بپوشاند");
  }
  const keyInfo = only(signature, DS, "KeyInfo");
  const pointer = keyInfo && only(keyInfo, WSSE, "SecurityTokenReference");
  const target = pointer && only(pointer, WSSE, "Reference");
  const tokenId = token.getAttributeNS(WSU, "Id");
  if (!target || !tokenId || target.getAttribute("URI") !== `#${tokenId}` || token.getAttribute("ValueType") !== X509V3
      || token.getAttribute("EncodingType") !== BASE64) {
    throw unsafe("امضا باید به گواهی همان پیام اشاره کند");
  }
}

function countIds(element, id) {
  const own = attributesOf(element).some((item) => /^id$/i.test(item.localName) && item.value === id) ? 1 : 0;
  return childrenOf(element).reduce((sum, child) => sum + countIds(child, id), own);
}

// An envelope around the XML of the Body's element, signed. The certificate is named by issuer and serial number.
export function seal(content, pair) {
  const signer = new SignedXml({
    privateKey: pair.key, signatureAlgorithm: RSA_SHA256, canonicalizationAlgorithm: EXCLUSIVE, idMode: "wssecurity",
    getKeyInfoContent: () => `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><ds:X509Data><ds:X509IssuerSerial>`
      + `<ds:X509IssuerName>${issuerName(pair.certificate)}</ds:X509IssuerName>`
      + `<ds:X509SerialNumber>${serialNumber(pair.certificate)}</ds:X509SerialNumber>`
      + "</ds:X509IssuerSerial></ds:X509Data></wsse:SecurityTokenReference>",
  });
  signer.addReference({ xpath: "/*/*[local-name()='Body']", transforms: [EXCLUSIVE], digestAlgorithm: SHA256 });
  const envelope = `<soap:Envelope xmlns:soap="${SOAP}"><soap:Header><wsse:Security xmlns:wsse="${WSSE}" `
    + `soap:mustUnderstand="1"/></soap:Header><soap:Body xmlns:wsu="${WSU}" wsu:Id="answer-body">${content}</soap:Body></soap:Envelope>`;
  signer.computeSignature(envelope, { prefix: "ds", location: { reference: "/*/*/*[local-name()='Security']", action: "append" } });
  return `<?xml version="1.0" encoding="UTF-8"?>${signer.getSignedXml()}`;
}

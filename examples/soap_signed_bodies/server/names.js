// The namespaces and algorithm names that the contract speaks of.
export const SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
export const DS = "http://www.w3.org/2000/09/xmldsig#";
export const MESSAGES = "urn:neda:messages:2";
export const SERVICE = "urn:neda:service:2";

const WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
export const WSSE = `${WSS}wssecurity-secext-1.0.xsd`;
export const WSU = `${WSS}wssecurity-utility-1.0.xsd`;
export const X509V3 = `${WSS}x509-token-profile-1.0#X509v3`;
export const BASE64 = `${WSS}soap-message-security-1.0#Base64Binary`;

export const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
export const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
export const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

export const OPERATIONS = ["SendLetter", "FindLetter", "ListReceipts"];

// From the octets of a request to the octets of its answer: signature, header, body, operation.
import { CODE, Refusal, textOf } from "./codes.js";
import { readMoment } from "./jalali.js";
import { MESSAGES, OPERATIONS, SERVICE, SOAP, WSSE } from "./names.js";
import { Violation } from "./schema.js";
import { FaultError, open, seal, verify } from "./security.js";
import { childrenOf, escape, is, only } from "./xml.js";

const HEADERS = [[MESSAGES, "CallHeader"], [WSSE, "Security"]];

export class Service {
  constructor({ schema, clients, ledger, operations, pair, callWindow }) {
    Object.assign(this, { schema, clients, ledger, operations, pair, callWindow });
  }

  // {status, text}. "forced" is a code that a played fault puts in the place of the operation's work.
  handle(text, action, { forced, callId: otherCallId } = {}) {
    try {
      const { header, body } = open(text);
      const { content, owners } = verify(text, header, body, this.clients.all());
      if (content.namespaceURI !== MESSAGES || !OPERATIONS.includes(content.localName)) {
        throw new FaultError("soap:Client", "عنصر بدنه شناخته نشد");
      }
      checkHeaders(header);
      return this.#answer(content, header, owners, action, forced, otherCallId);
    } catch (error) {
      if (error instanceof FaultError) return this.#fault(error);
      throw error;
    }
  }

  #answer(content, header, owners, action, forced, otherCallId) {
    const operation = content.localName;
    const result = { Code: CODE.GOOD, Message: textOf(CODE.GOOD), CallId: this.#callIdOf(header) };
    let fields = {};
    try {
      const { caller, request } = this.#judge(content, header, owners, action);
      if (forced !== undefined) throw new Refusal(forced);
      this.ledger.settle();
      fields = this.operations[operation](request, caller);
    } catch (error) {
      result.Code = error instanceof Refusal ? error.code : CODE.INTERNAL;
      result.Message = error instanceof Refusal ? error.message : textOf(CODE.INTERNAL);
      if (!(error instanceof Refusal)) process.stderr.write(`${error.stack}\n`);
    }
    if (otherCallId) result.CallId = otherCallId;
    const xml = this.schema.write(MESSAGES, `${operation}Answer`, { Result: result, ...fields });
    return { status: 200, text: seal(xml, this.pair) };
  }

  #callIdOf(header) {
    const call = only(header, MESSAGES, "CallHeader");
    const id = call && only(call, "", "CallId");
    return id && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id.textContent) ? id.textContent : undefined;
  }

  #read(element) {
    try {
      return this.schema.read(element);
    } catch (error) {
      if (error instanceof Violation) throw new Refusal(CODE.SCHEMA, error.message);
      throw error;
    }
  }

  #judge(content, header, owners, action) {
    const known = childrenOf(header).every((block) => HEADERS.some(([space, name]) => is(block, space, name)));
    const call = only(header, MESSAGES, "CallHeader");
    if (!known || !call) throw new Refusal(CODE.SCHEMA, "Header");
    const head = this.#read(call);
    const request = this.#read(content);
    const operation = content.localName;
    if (action !== `"${SERVICE}#${operation}"`) throw new Refusal(CODE.SCHEMA, "SOAPAction");
    if (!this.clients.all().some((client) => client.organisation === head.OrganisationCode)) {
      throw new Refusal(CODE.ORGANISATION);
    }
    const client = owners.find((owner) => owner.organisation === head.OrganisationCode);
    if (!client?.units.includes(head.UnitCode)) throw new Refusal(CODE.CREDENTIALS);
    if (client.operations && !client.operations.includes(operation)) throw new Refusal(CODE.CREDENTIALS);
    const moment = readMoment(head.CallTime);
    if (!moment) throw new Refusal(CODE.SCHEMA, "CallTime");
    if (Math.abs(Date.now() - moment.getTime()) > this.callWindow * 1000) throw new Refusal(CODE.CALL_TIME);
    return {
      request,
      caller: { organisation: client.organisation, unit: head.UnitCode, callId: head.CallId, kinds: client.kinds },
    };
  }

  #fault(error) {
    const xml = `<soap:Fault><faultcode xmlns:wsse="${WSSE}">${error.code}</faultcode>`
      + `<faultstring xml:lang="fa">${escape(error.message)}</faultstring></soap:Fault>`;
    return { status: 500, text: seal(xml, this.pair) };
  }
}

function checkHeaders(header) {
  for (const block of childrenOf(header)) {
    const must = block.getAttributeNS(SOAP, "mustUnderstand") === "1";
    if (must && !HEADERS.some(([space, name]) => is(block, space, name))) {
      throw new FaultError("soap:MustUnderstand", `سرآیند ${block.localName} شناخته نشد`);
    }
  }
}

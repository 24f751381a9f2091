// Users, their locks and their tokens. DIR/clients.json is read again at each request:
//   {"organisations": [{"code": "M-2101", "kinds": ["30"], "users": [
//     {"user": "letters", "password": "…", "locked": false, "operations": ["SubmitLetter"]}]}]}
// "kinds", "locked" and "operations" may be absent: every kind, not locked, every operation.
// Tokens and counts of wrong passwords are in memory: a restart forgets them.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CODE, Refusal } from "./codes.js";

const digest = (text) => createHash("sha256").update(text).digest();

export class Sessions {
  constructor(folder, { minutes, oneSession, lockAfter, lockSeconds }) {
    Object.assign(this, { minutes, oneSession, lockAfter, lockSeconds });
    this.file = join(folder, "clients.json");
    this.tokens = new Map();
    this.wrong = new Map();
    if (!existsSync(this.file)) this.#makeDevelopmentUsers();
  }

  #makeDevelopmentUsers() {
    const user = (name, rest) => ({ user: name, password: randomBytes(12).toString("base64url"), ...rest });
    const organisations = [
      { code: "M-2101", users: [user("letters"), user("reader", { operations: ["TicketStatus", "FindByReference", "ReceiptPage"] })] },
      { code: "M-2102", kinds: ["30", "50"], users: [user("letters"), user("former", { locked: true })] },
    ];
    writeFileSync(this.file, `${JSON.stringify({ organisations }, null, 2)}\n`, { mode: 0o600 });
  }

  #organisation(code) {
    return JSON.parse(readFileSync(this.file, "utf8")).organisations.find((one) => one.code === code);
  }

  // {token, until}
  login(code, name, password) {
    const organisation = this.#organisation(code);
    if (!organisation) throw new Refusal(CODE.ORGANISATION, "OrganisationCode");
    const user = organisation.users.find((one) => one.user === name);
    if (!user) throw new Refusal(CODE.PASSWORD);
    const owner = `${code} ${name}`;
    const count = this.wrong.get(owner) ?? { times: 0, lockedUntil: 0 };
    // a locked user learns nothing of the password
    if (user.locked || count.lockedUntil > Date.now()) throw new Refusal(CODE.LOCKED);
    if (!timingSafeEqual(digest(password), digest(user.password))) {
      const times = count.times + 1;
      const locks = this.lockAfter > 0 && times >= this.lockAfter;
      this.wrong.set(owner, locks ? { times: 0, lockedUntil: Date.now() + this.lockSeconds * 1000 } : { times, lockedUntil: 0 });
      throw new Refusal(CODE.PASSWORD);
    }
    this.wrong.delete(owner);
    if (this.oneSession) for (const [token, session] of this.tokens) if (session.owner === owner) this.tokens.delete(token);
    const token = randomBytes(24).toString("base64url");
    // whole seconds: the written end is the true end
    const until = new Date(Math.ceil((Date.now() + this.minutes * 60_000) / 1000) * 1000);
    this.tokens.set(token, { owner, code, name, until });
    return { token, until };
  }

  // The caller behind a token: {organisation, user, kinds}.
  judge(token, operation) {
    const session = this.tokens.get(token);
    if (!session) throw new Refusal(CODE.TOKEN);
    if (Date.now() >= session.until.getTime()) {
      this.tokens.delete(token);
      throw new Refusal(CODE.TOKEN);
    }
    const organisation = this.#organisation(session.code);
    const user = organisation?.users.find((one) => one.user === session.name);
    // a user who was locked or removed in the meantime has no session any more
    if (!user || user.locked) throw new Refusal(CODE.TOKEN);
    if (user.operations && !user.operations.includes(operation)) throw new Refusal(CODE.PERMISSION);
    return { organisation: session.code, user: session.name, kinds: organisation.kinds };
  }

  forgetAll() {
    this.tokens.clear();
  }
}

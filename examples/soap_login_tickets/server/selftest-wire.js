// Sessions, faults on the wire, and a start in the same folder.
import { Client, start, wait } from "./selftest-client.js";
import { FAST } from "./selftest-cases.js";
import { readMoment } from "./tehran.js";

export async function sessions(see, folder) {
  const server = await start(folder, ...FAST, "--token-minutes", "0.02", "--one-session");
  const client = await Client.open(server);
  const { Token: first, ValidUntil: end } = await client.login();
  see("a token of a little more than a second", (await client.page()).NextCursor, /^p0/);
  await wait(Math.max(0, (readMoment(end) - Date.now()) / 1000) + 0.05);
  see("-14: it ended at the written moment", await client.page(), -14);
  const { Token: second } = await client.login();
  const { Token: third } = await client.login();
  see("-14: with --one-session a login ends the token before it", await client.page(undefined, { token: second }), -14);
  see("the new one is good", (await client.page(undefined, { token: third })).NextCursor, /^p0/);
  see("tokens differ", new Set([first, second, third]).size, 3);
  await client.login({ name: "reader" });
  see("another user's login ends nothing", (await client.page(undefined, { token: third })).NextCursor, /^p0/);
  await client.login();
  const users = structuredClone(client.users);
  users[0].users[0].locked = true;
  server.write("clients.json", { organisations: users });
  see("-14: the user was locked in the meantime", await client.page(), -14);
  see("-13: and cannot log in", await client.login(), -13);
  await server.stop();
}

export async function wire(see, folder) {
  const server = await start(folder, ...FAST);
  const client = await Client.open(server);
  await client.login();
  const play = (entry) => server.write("faults.json", [entry]);
  const broken = (promise) => promise.then(() => "an answer", (error) => error.code ?? error.message);
  const known = async (reference) => {
    const found = await client.find(reference);
    return found.Error ? Number(found.Error.Code) : [found.Letter].flat().length;
  };

  play({ fault: "cut-before", operation: "SubmitLetter", reference: "F-1" });
  see("cut before acting", await broken(client.submit("F-1")), /ECONNRESET|hang up/);
  see("nothing was taken", await known("F-1"), -21);
  play({ fault: "cut-after", operation: "SubmitLetter", reference: "F-2" });
  see("cut after acting", await broken(client.submit("F-2")), /ECONNRESET|hang up/);
  see("the letter was taken", await known("F-2"), 1);
  play({ fault: "proxy-page", operation: "SubmitLetter", reference: "F-3" });
  see("a proxy's page after acting", await broken(client.submit("F-3")), /./);
  see("the letter was taken", await known("F-3"), 1);
  play({ fault: "busy", operation: "SubmitLetter", reference: "F-4" });
  see("-41 by plan", await client.submit("F-4"), -41);
  see("nothing was taken", await known("F-4"), -21);
  play({ fault: "session-lost", operation: "SubmitLetter", reference: "F-5" });
  see("-14: the session is lost in the middle", await client.submit("F-5"), -14);
  see("-14: all tokens are", await client.find("F-5"), -14);
  await client.login();
  see("nothing was taken", await known("F-5"), -21);
  play({ fault: "session-lost-after", operation: "SubmitLetter", reference: "F-6" });
  const { Ticket: ticket } = await client.submit("F-6");
  see("a ticket, and then", ticket, /^TK/);
  see("-14: the session is lost after the answer", await client.status(ticket), -14);
  await client.login();
  play({ fault: "delay", operation: "TicketStatus", reference: "F-6", seconds: 1.5 });
  const asked = Date.now();
  const late = await client.status(ticket);
  see("a ticket poll that is answered late", Date.now() - asked >= 1500 && late.State, /^(10|20)$/);
  play({ fault: "twice", operation: "ReceiptPage" });
  see("a read that is processed twice", (await client.page()).NextCursor, /^p/);
  play({ fault: "twice", operation: "SubmitLetter" });
  await client.submit("F-7");
  see("a submission is never processed twice by a fault", await known("F-7"), 1);
  play({ fault: "delay", operation: "FindByReference", skip: 1, times: 2, seconds: 0.4 });
  const times = [];
  for (let count = 0; count < 4; count += 1) {
    const begin = Date.now();
    await client.find("F-7");
    times.push(Date.now() - begin >= 400);
  }
  see("skip 1, times 2", times.join(), "false,true,true,false");
  const played = server.lines("faults.jsonl").map((line) => line.fault);
  for (const fault of ["cut-before", "cut-after", "proxy-page", "busy", "session-lost", "session-lost-after", "delay", "twice"]) {
    see(`faults.jsonl has ${fault}`, played.includes(fault));
  }
  await server.stop();
}

export async function restart(see, folder) {
  let server = await start(folder, ...FAST, "--faults", "7:40");
  let client = await Client.open(server);
  let cuts = 0;
  const again = async (work) => {
    for (;;) {
      try {
        const answer = await work();
        if (Number(answer.Error?.Code) !== -14) return answer;
        await again(() => client.login());
      } catch { cuts += 1; }
    }
  };
  await again(() => client.login());
  for (let count = 0; count < 6; count += 1) await again(() => client.submit(`R-${count}`));
  see("faults by a seed were played", server.lines("faults.jsonl").length > 0 && cuts >= 0);
  await server.stop();
  server = await start(folder, ...FAST);
  client = await Client.open(server);
  await client.login();
  await wait(1.5);
  const taken = server.lines("ledger.jsonl").filter((line) => line.what === "taken").length;
  const served = server.lines("ledger.jsonl").filter((line) => line.what === "submitted").length;
  see("the letters of the first run are decided after a restart", served, taken);
  const receipts = await client.receipts();
  see("and have their receipts", receipts.length, 2 * served);
  see("numbers go on", new Set(receipts.map((one) => one.number)).size, served);
  see("it ends when its standard input closes", await server.stop(), 0);
}

// What happened, one JSON object a line, on the disk before anybody is told.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

export class Ledger {
  constructor(path) {
    this.path = path;
    this.file = openSync(path, 'a');
  }

  append(line) {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    fsyncSync(this.file);
  }

  // The lines of earlier runs. A last line that was cut off in the middle was told to nobody: it goes.
  static read(path) {
    if (!existsSync(path)) return [];
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end < bytes.length) {
      const file = openSync(path, 'r+');
      ftruncateSync(file, end);
      closeSync(file);
    }
    return bytes.subarray(0, end).toString('utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }
}

// A QR code (ISO/IEC 18004) from its modules: which bits it has, corrected, as text.

const ECC_PER_BLOCK = [
  [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
  [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
];
const BLOCKS = [
  [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
  [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
  [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81],
];
const LEVELS = [1, 0, 3, 2]; // rows of the tables by the two bits of the format
const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x, y) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The places of alignment patterns along one side. */
function alignmentPlaces(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const places = [6];
  for (let at = version * 4 + 10; places.length < count; at -= step) places.splice(1, 0, at);
  return places;
}

/** The code words of BCH that stand in the symbol: 15 bits of format, 18 bits of version. */
function bch(data, generator, bits) {
  let rest = data << bits;
  for (let at = 31; at >= bits; at--) if ((rest >>> at) & 1) rest ^= generator << (at - bits);
  return (data << bits) | rest;
}
const FORMATS = Array.from({ length: 32 }, (_, data) => bch(data, 0x537, 10) ^ 0x5412);
const FORMAT_PLACES = [[8, 0], [8, 1], [8, 2], [8, 3], [8, 4], [8, 5], [8, 7], [8, 8], [7, 8], [5, 8], [4, 8], [3, 8], [2, 8], [1, 8], [0, 8]];
const VERSIONS = Array.from({ length: 34 }, (_, at) => bch(at + 7, 0x1f25, 12));

/** The nearest code word as [its place, how many bits differ]. */
function nearest(words, found) {
  let best = [-1, 99];
  words.forEach((word, at) => {
    let differ = 0;
    for (let bits = word ^ found; bits; bits &= bits - 1) differ++;
    if (differ < best[1]) best = [at, differ];
  });
  return best;
}

/** The text of a symbol; ``dark(x, y)`` tells a module. Null if it cannot be read. */
function symbolText(size, dark) {
  const version = (size - 17) / 4;
  const bits = (places) => places.reduce((sum, [x, y], at) => sum | (dark(x, y) ? 1 << at : 0), 0);
  const apart = FORMAT_PLACES.map((_, at) => (at < 8 ? [size - 1 - at, 8] : [8, size - 15 + at]));
  const [format, differ] = [nearest(FORMATS, bits(FORMAT_PLACES)), nearest(FORMATS, bits(apart))].sort((a, b) => a[1] - b[1])[0];
  if (differ > 3) return null;
  const level = LEVELS[format >> 3];
  const blocks = correctedBlocks(codewords(size, version, dark, MASKS[format & 7]), version, level);
  return blocks && textOf(blocks, version);
}

/** True for the modules that hold no data. */
function functionModules(size, version) {
  const taken = new Uint8Array(size * size);
  const fill = (x, y, width, height) => {
    for (let row = y; row < y + height; row++) taken.fill(1, row * size + x, row * size + x + width);
  };
  fill(0, 0, 9, 9);
  fill(size - 8, 0, 8, 9);
  fill(0, size - 8, 9, 8);
  fill(6, 0, 1, size);
  fill(0, 6, size, 1);
  const places = alignmentPlaces(version);
  const last = places.length - 1;
  places.forEach((x, i) => places.forEach((y, j) => {
    const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
    if (!corner) fill(x - 2, y - 2, 5, 5);
  }));
  if (version >= 7) {
    fill(size - 11, 0, 3, 6);
    fill(0, size - 11, 6, 3);
  }
  return taken;
}

function codewords(size, version, dark, mask) {
  const taken = functionModules(size, version);
  const words = [];
  let word = 0;
  let count = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (taken[y * size + x]) continue;
        word = (word << 1) | (dark(x, y) !== mask(x, y) ? 1 : 0);
        if (++count % 8 === 0) {
          words.push(word);
          word = 0;
        }
      }
    }
  }
  return words;
}

/** The data of all blocks, in order, corrected; null if a block has too many errors. */
function correctedBlocks(words, version, level) {
  const count = BLOCKS[level][version - 1];
  const ecc = ECC_PER_BLOCK[level][version - 1];
  const short = Math.floor(words.length / count);
  const shorts = count - (words.length % count);
  const blocks = Array.from({ length: count }, () => []);
  let at = 0;
  for (let place = 0; place <= short - ecc; place++) {
    blocks.forEach((block, number) => {
      if (place < short - ecc || number >= shorts) block.push(words[at++]);
    });
  }
  for (let place = 0; place < ecc; place++) for (const block of blocks) block.push(words[at++]);
  const data = [];
  for (const block of blocks) {
    const right = corrected(block, ecc);
    if (right === null) return null;
    data.push(...right.slice(0, right.length - ecc));
  }
  return data;
}

const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; at++) {
  EXP[at] = EXP[at + 255] = value;
  LOG[value] = at;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);
const inverse = (a) => EXP[255 - LOG[a]];
/** The value of a polynomial, the lowest coefficient first. */
const valueAt = (polynomial, x) => polynomial.reduceRight((sum, each) => times(sum, x) ^ each, 0);

/** A block of Reed-Solomon code words with its errors corrected (Berlekamp-Massey, Chien, Forney); null if too many. */
function corrected(block, ecc) {
  const received = [...block].reverse();
  const syndromes = Array.from({ length: ecc }, (_, at) => valueAt(received, EXP[at]));
  if (syndromes.every((each) => each === 0)) return block;
  let locator = [1];
  let before = [1];
  let errors = 0;
  let gap = 1;
  let last = 1;
  for (let at = 0; at < ecc; at++) {
    let difference = syndromes[at];
    for (let i = 1; i <= errors; i++) difference ^= times(locator[i] || 0, syndromes[at - i]);
    if (difference === 0) {
      gap++;
      continue;
    }
    const factor = times(difference, inverse(last));
    const next = [...locator];
    before.forEach((each, i) => { next[i + gap] = (next[i + gap] || 0) ^ times(factor, each); });
    for (let i = 0; i < next.length; i++) next[i] = next[i] || 0;
    if (2 * errors <= at) {
      before = locator;
      errors = at + 1 - errors;
      last = difference;
      gap = 1;
    } else gap++;
    locator = next;
  }
  if (errors * 2 > ecc) return null;
  const evaluator = Array.from({ length: ecc }, (_, at) => {
    let sum = 0;
    for (let i = 0; i <= at; i++) sum ^= times(locator[i] || 0, syndromes[at - i]);
    return sum;
  });
  const slope = locator.map((each, at) => (at % 2 ? each : 0)).slice(1);
  let found = 0;
  for (let place = 0; place < received.length; place++) {
    const root = EXP[(255 - place) % 255];
    if (valueAt(locator, root) !== 0) continue;
    received[place] ^= times(EXP[place], times(valueAt(evaluator, root), inverse(valueAt(slope, root))));
    found++;
  }
  return found === errors ? received.reverse() : null;
}

/** The text of the data: numbers, signs, or octets in UTF-8. Null for anything else. */
function textOf(data, version) {
  const class_ = version <= 9 ? 0 : version <= 26 ? 1 : 2;
  let at = 0;
  const take = (count) => {
    let value = 0;
    for (; count > 0; count--, at++) value = value * 2 + (((data[at >> 3] || 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  let text = "";
  while (at + 4 <= data.length * 8) {
    const mode = take(4);
    if (mode === 0) return text;
    if (mode === 1) {
      for (let left = take([10, 12, 14][class_]); left > 0; left -= 3) {
        const digits = Math.min(left, 3);
        text += String(take([0, 4, 7, 10][digits])).padStart(digits, "0");
      }
    } else if (mode === 2) {
      for (let left = take([9, 11, 13][class_]); left > 0; left -= 2) {
        const pair = take(left > 1 ? 11 : 6);
        text += left > 1 ? ALPHANUMERIC[Math.floor(pair / 45)] + ALPHANUMERIC[pair % 45] : ALPHANUMERIC[pair];
      }
    } else if (mode === 4) {
      const octets = Array.from({ length: take(class_ ? 16 : 8) }, () => take(8));
      text += new TextDecoder().decode(new Uint8Array(octets));
    } else return null;
  }
  return text;
}

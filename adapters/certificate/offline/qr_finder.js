// Finds a QR code in a picture: black and white by local brightness, three finder patterns, alignment patterns, modules.

/** A picture in shades of grey, with the mean brightness around each pixel: ``grey`` and ``mean`` are width × height. */
function picture(grey, width, height, divisor) {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += grey[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  }
  const radius = Math.max(8, Math.round(Math.max(width, height) / divisor));
  const mean = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - radius);
    const bottom = Math.min(height, y + radius + 1);
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width, x + radius + 1);
      const sum = sums[bottom * (width + 1) + right] - sums[top * (width + 1) + right] - sums[bottom * (width + 1) + left] + sums[top * (width + 1) + left];
      mean[y * width + x] = sum / ((bottom - top) * (right - left));
    }
  }
  return { grey, mean, width, height };
}

/** The picture with each pixel the mean of nine: grain of a camera is no module. */
function smoothed(grey, width, height) {
  const soft = new Uint8Array(grey);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const [above, below] = [at - width, at + width];
      soft[at] = (grey[above - 1] + grey[above] + grey[above + 1] + grey[at - 1] + grey[at] + grey[at + 1] + grey[below - 1] + grey[below] + grey[below + 1]) / 9;
    }
  }
  return soft;
}

/** How dark a place is: above 0 is dark. Places outside are white. */
function darkness(image, x, y) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (column < 0 || row < 0 || column >= image.width || row >= image.height) return -1;
  const at = row * image.width + column;
  return image.mean[at] - 3 - image.grey[at];
}
const isDark = (image, x, y) => darkness(image, x, y) > 0;

/** The width of a module if five runs are those of a finder pattern, 1:1:3:1:1; else 0. */
function moduleOf(runs) {
  const module = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7;
  const right = module >= 1 && runs.every((run, at) => Math.abs(run - (at === 2 ? 3 : 1) * module) < (at === 2 ? 1.2 : 0.75) * module + 0.6);
  return right ? module : 0;
}

/** The centre and module of a finder pattern along one line through (x, y), or null. */
function crossed(image, x, y, dx, dy) {
  const runs = [0, 0, 0, 0, 0];
  const walk = (sign, places) => {
    let step = sign > 0 ? 0 : 1;
    for (const place of places) {
      const wanted = place % 2 === 0;
      while (isDark(image, x + sign * step * dx, y + sign * step * dy) === wanted) {
        if (step > 400) return 0;
        runs[place]++;
        step++;
      }
    }
    return step;
  };
  const ahead = walk(1, [2, 3, 4]);
  walk(-1, [2, 1, 0]);
  const module = moduleOf(runs);
  if (!module) return null;
  const shift = ahead - runs[4] - runs[3] - runs[2] / 2;
  return { x: x + (shift - 0.5) * dx + 0.5 * dx, y: y + (shift - 0.5) * dy + 0.5 * dy, module };
}

/** Finder patterns, those that most rows crossed first. */
function finderPatterns(image) {
  const found = [];
  for (let y = 0; y < image.height; y++) {
    const ends = [];
    let before = false;
    for (let x = 0; x <= image.width; x++) {
      const dark = x < image.width && isDark(image, x, y);
      if (dark === before) continue;
      ends.push(x);
      before = dark;
      // Six changes, the last one from dark to light, are five runs.
      if (dark || ends.length < 6) continue;
      const six = ends.slice(-6);
      if (!moduleOf([1, 2, 3, 4, 5].map((at) => six[at] - six[at - 1]))) continue;
      const down = crossed(image, (six[2] + six[3]) / 2, y + 0.5, 0, 1);
      const across = down && crossed(image, down.x, down.y, 1, 0);
      if (!across) continue;
      const module = (down.module + across.module) / 2;
      const near = found.find((each) => Math.hypot(each.x - across.x, each.y - down.y) < 3 * each.module);
      if (near) {
        near.count++;
        near.x += (across.x - near.x) / near.count;
        near.y += (down.y - near.y) / near.count;
        near.module += (module - near.module) / near.count;
      } else found.push({ x: across.x, y: down.y, module, count: 1 });
    }
  }
  return found.sort((a, b) => b.count - a.count).slice(0, 16);
}

/** Three patterns that may be the corners of one code: [top left, top right, bottom left], the likeliest first. */
function corners(patterns) {
  const found = [];
  for (const first of patterns) for (const right of patterns) for (const below of patterns) {
    if (first === right || first === below || right === below) continue;
    const [ax, ay, bx, by] = [right.x - first.x, right.y - first.y, below.x - first.x, below.y - first.y];
    const [a, b] = [Math.hypot(ax, ay), Math.hypot(bx, by)];
    const modules = [first.module, right.module, below.module];
    const uneven = Math.max(...modules) / Math.min(...modules) - 1;
    const skew = Math.abs(ax * bx + ay * by) / (a * b);
    const unequal = Math.max(a, b) / Math.min(a, b) - 1;
    if (ax * by - ay * bx <= 0 || skew > 0.4 || unequal > 0.6 || uneven > 0.8 || Math.min(a, b) < 13 * first.module) continue;
    found.push({ three: [first, right, below], cost: skew + unequal + uneven - 0.001 * Math.min(first.count, right.count, below.count) });
  }
  return found.sort((a, b) => a.cost - b.cost).slice(0, 8).map((each) => each.three);
}

/** The length of a module at a finder pattern along a direction of length 1: its outer edge is 3.5 modules away. */
function moduleAlong(image, centre, dx, dy) {
  const reach = (sign) => {
    let changes = 0;
    let before = true;
    for (let step = 0; step < centre.module * 8; step += 0.2) {
      const dark = isDark(image, centre.x + sign * step * dx, centre.y + sign * step * dy);
      if (dark !== before && ++changes === 3) return step;
      before = dark;
    }
    return 0;
  };
  const [ahead, behind] = [reach(1), reach(-1)];
  return ahead && behind ? (ahead + behind) / 7 : centre.module;
}

/** True if the bits of the format beside the first corner are likely those of a code: most wrong corners end here. */
function hasFormat(image, [first, right, below]) {
  const step = (to) => {
    const length = Math.hypot(to.x - first.x, to.y - first.y);
    const [dx, dy] = [(to.x - first.x) / length, (to.y - first.y) / length];
    const module = moduleAlong(image, first, dx, dy);
    return [dx * module, dy * module];
  };
  const [across, down] = [step(right), step(below)];
  const dark = ([x, y]) => isDark(image, first.x + (x - 3) * across[0] + (y - 3) * down[0], first.y + (x - 3) * across[1] + (y - 3) * down[1]);
  const bits = FORMAT_PLACES.reduce((sum, place, at) => sum | (dark(place) ? 1 << at : 0), 0);
  return nearest(FORMATS, bits)[1] <= 2;
}

/** Versions that a code may have, the likeliest first: as it says, and by its size. */
function versionsOf(image, [first, right, below]) {
  const leg = (from, to) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return { length, dx: (to.x - from.x) / length, dy: (to.y - from.y) / length };
  };
  const [across, down] = [leg(first, right), leg(first, below)];
  const counted = [[across, first, right], [down, first, below]].map(([each, from, to]) => (
    each.length / ((moduleAlong(image, from, each.dx, each.dy) + moduleAlong(image, to, each.dx, each.dy)) / 2)
  ));
  const guess = Math.round(((counted[0] + counted[1]) / 2 + 7 - 17) / 4);
  const told = [[right, across, down], [below, down, across]].map(([centre, along, beside]) => {
    const [u, v] = [moduleAlong(image, centre, along.dx, along.dy), moduleAlong(image, centre, beside.dx, beside.dy)];
    let bits = 0;
    for (let at = 0; at < 18; at++) {
      const [i, j] = [((at % 3) - 7) * u, (Math.floor(at / 3) - 3) * v];
      if (isDark(image, centre.x + i * along.dx + j * beside.dx, centre.y + i * along.dy + j * beside.dy)) bits |= 1 << at;
    }
    return nearest(VERSIONS, bits);
  }).filter(([, differ]) => differ <= 3).sort((a, b) => a[1] - b[1]).map(([at]) => at + 7);
  const all = guess >= 6 ? [...told, guess, guess + 1, guess - 1] : [guess, guess + 1, guess - 1];
  return [...new Set(all)].filter((each) => each >= 1 && each <= 40);
}

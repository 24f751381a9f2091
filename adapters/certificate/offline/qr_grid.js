// Reads the modules of a QR code whose corners are known: alignment patterns give a grid for paper that is not flat.

/** The solution of linear equations (least squares by normal equations); null if there is none. */
function solved(rows, values) {
  const count = rows[0].length;
  const matrix = Array.from({ length: count }, (_, i) => [
    ...Array.from({ length: count }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)),
    rows.reduce((sum, row, at) => sum + row[i] * values[at], 0),
  ]);
  for (let i = 0; i < count; i++) {
    let pivot = i;
    for (let j = i + 1; j < count; j++) if (Math.abs(matrix[j][i]) > Math.abs(matrix[pivot][i])) pivot = j;
    [matrix[i], matrix[pivot]] = [matrix[pivot], matrix[i]];
    if (Math.abs(matrix[i][i]) < 1e-12) return null;
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      const factor = matrix[j][i] / matrix[i][i];
      for (let k = i; k <= count; k++) matrix[j][k] -= factor * matrix[i][k];
    }
  }
  return matrix.map((row, i) => row[count] / row[i]);
}

/** A map from modules (0 to 1 across the code) to pixels through known points: affine by three, perspective by more. */
function mapThrough(points) {
  const rows = [];
  const values = [];
  const flat = points.length < 6;
  for (const { u, v, x, y } of points) {
    rows.push(flat ? [u, v, 1, 0, 0, 0] : [u, v, 1, 0, 0, 0, -u * x, -v * x]);
    rows.push(flat ? [0, 0, 0, u, v, 1] : [0, 0, 0, u, v, 1, -u * y, -v * y]);
    values.push(x, y);
  }
  const found = solved(rows, values);
  if (!found) return null;
  const [a, b, c, d, e, f, g = 0, h = 0] = found;
  return (u, v) => {
    const depth = g * u + h * v + 1;
    return [(a * u + b * v + c) / depth, (d * u + e * v + f) / depth];
  };
}

/** How well an alignment pattern stands at (x, y): ``across`` and ``down`` are the vectors of one module. */
function alignmentScore(image, x, y, across, down) {
  let score = 0;
  let right = 0;
  for (let i = -2; i <= 2; i++) for (let j = -2; j <= 2; j++) {
    const wanted = Math.max(Math.abs(i), Math.abs(j)) !== 1 ? 1 : -1;
    const dark = darkness(image, x + i * across[0] + j * down[0], y + i * across[1] + j * down[1]);
    score += wanted * Math.max(-60, Math.min(60, dark));
    if (dark > 0 === wanted > 0) right++;
  }
  return { score, right };
}

/** The centre of the alignment pattern near (x, y), or null. */
function alignmentNear(image, x, y, across, down) {
  let best = { score: 0 };
  const tried = [];
  for (let i = -2.5; i <= 2.5; i += 0.25) for (let j = -2.5; j <= 2.5; j += 0.25) {
    const [px, py] = [x + i * across[0] + j * down[0], y + i * across[1] + j * down[1]];
    const found = { ...alignmentScore(image, px, py, across, down), px, py };
    tried.push(found);
    if (found.score > best.score) best = found;
  }
  if (!best.score || best.right < 21) return null;
  const size = Math.hypot(...across);
  const close = tried.filter((each) => each.score > 0.85 * best.score && Math.hypot(each.px - best.px, each.py - best.py) < size);
  const mean = (key) => close.reduce((sum, each) => sum + each[key], 0) / close.length;
  return [mean("px"), mean("py")];
}

/** The text of the code of these corners, or null. */
function textAt(image, three, version) {
  const size = version * 4 + 17;
  const ends = [[3.5, 3.5], [size - 3.5, 3.5], [3.5, size - 3.5]];
  const points = three.map((each, at) => ({ u: ends[at][0] / size, v: ends[at][1] / size, x: each.x, y: each.y }));
  const places = alignmentPlaces(version);
  const last = places.length - 1;
  let waiting = [];
  places.forEach((i, a) => places.forEach((j, b) => {
    const corner = (a === 0 && b === 0) || (a === 0 && b === last) || (a === last && b === 0);
    if (!corner) waiting.push({ u: (i + 0.5) / size, v: (j + 0.5) / size });
  }));
  // From the corners outwards: each pattern that is found says more exactly where the next one is.
  while (waiting.length) {
    const map = mapThrough(points);
    if (!map) return null;
    const away = (each) => Math.min(...points.map((point) => Math.hypot(point.u - each.u, point.v - each.v)));
    waiting.sort((a, b) => away(a) - away(b));
    const next = waiting.shift();
    const near = points.reduce((a, b) => (Math.hypot(b.u - next.u, b.v - next.v) < Math.hypot(a.u - next.u, a.v - next.v) ? b : a));
    const [here, there] = [map(next.u, next.v), map(near.u, near.v)];
    const [x, y] = [here[0] + near.x - there[0], here[1] + near.y - there[1]];
    const side = (du, dv) => {
      const beside = map(next.u + du / size, next.v + dv / size);
      return [beside[0] - here[0], beside[1] - here[1]];
    };
    const found = alignmentNear(image, x, y, side(1, 0), side(0, 1));
    if (found) points.push({ ...next, x: found[0], y: found[1] });
  }
  return symbolText(size, modulesBetween(image, size, points));
}

/** The modules of a code, each by the map through all points and by what the nearest points differ from it. */
function modulesBetween(image, size, points) {
  const map = mapThrough(points);
  const known = points.map((each) => {
    const [x, y] = map(each.u, each.v);
    return { ...each, dx: each.x - x, dy: each.y - y };
  });
  const modules = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) {
    const [u, v] = [(column + 0.5) / size, (row + 0.5) / size];
    let [weights, dx, dy] = [0, 0, 0];
    for (const each of known) {
      const weight = 1 / (((each.u - u) ** 2 + (each.v - v) ** 2) ** 2 + 1e-9);
      weights += weight;
      dx += weight * each.dx;
      dy += weight * each.dy;
    }
    const [x, y] = map(u, v);
    modules[row * size + column] = isDark(image, x + dx / weights, y + dy / weights) ? 1 : 0;
  }
  return (x, y) => modules[y * size + x] === 1;
}

/** The text of the code in a picture; ``grey`` has a shade for each pixel, row by row. Null if none is read. */
function textInPicture(grey, width, height) {
  const soft = smoothed(grey, width, height);
  for (const [shades, divisor] of [[grey, 24], [soft, 24], [soft, 10], [grey, 60]]) {
    const image = picture(shades, width, height, divisor);
    for (const three of corners(finderPatterns(image))) {
      if (!hasFormat(image, three)) continue;
      for (const version of versionsOf(image, three)) {
        const text = textAt(image, three, version);
        if (text) return text;
      }
    }
  }
  return null;
}

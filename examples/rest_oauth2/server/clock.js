// Times of the contract: RFC 3339 with Tehran's offset, which is the same all year.
const OFFSET_MINUTES = 210;

export function tehran(milliseconds) {
  const shifted = new Date(Math.floor(milliseconds / 1000) * 1000 + OFFSET_MINUTES * 60000);
  return shifted.toISOString().replace('.000Z', '+03:30');
}

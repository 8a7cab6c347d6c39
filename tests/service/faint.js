// Return what stands out less than WCAG asks for: texts 4.5 to 1, the line on the filled bar 3 to 1.
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function channels(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function luminance(colour) {
  const [r, g, b] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(...colours) {
  const pair = colours.map(luminance);
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}
function colourBehind(element) {
  const colour = getComputedStyle(element).backgroundColor;
  if (channels(colour)[3] === 255) return colour;
  return element.parentElement ? colourBehind(element.parentElement) : "white";
}
const faint = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || !element.checkVisibility() || element.disabled) continue;
  const ratio = contrast(getComputedStyle(element).color, colourBehind(element));
  if (ratio < 4.5) faint.push(`${element.textContent}: ${ratio.toFixed(2)}`);
}
const root = getComputedStyle(document.documentElement);
for (const pair of [["--text", "--card"], ["--card", "--positive"], ["--card", "--negative"]]) {
  if (contrast(...pair.map((name) => root.getPropertyValue(name))) < 3) faint.push(pair.join());
}
return faint;

// Numbers as reference.diagram.canvas writes them.
const NUMBERS = (() => {
  "use strict";

  // Two or three significant digits, never more than nine characters.
  function number(value) {
    const size = Math.abs(value);
    const minus = value < 0 ? "−" : "";
    if (Number.isNaN(size)) return "nan";
    if (size === Infinity) return minus + "∞";
    if (size === 0) return "0";
    const [digits, power] = size.toExponential(1).split("e");
    const exponent = Number(power);
    if (exponent < -3 || size >= 9999.5) return `${minus}${digits}e${exponent < 0 ? "−" : ""}${Math.abs(exponent)}`;
    if (exponent < -1) return minus + size.toFixed(1 - exponent);
    return minus + size.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
  }

  // As it is read in a text: without an exponent where it is small. What is next to nothing is 0.00.
  const NOTHING = 1e-5;
  const nothing = (value) => value !== 0 && Math.abs(value) < NOTHING;
  function plain(value) {
    const size = Math.abs(value);
    if (nothing(value)) return "0.00";
    if (!(size > 0) || size >= 1e-3) return number(value);
    return (value < 0 ? "−" : "") + size.toFixed(1 - Number(size.toExponential(1).split("e")[1]));
  }

  // On its own, and behind an equals sign.
  const nearly = (value) => (nothing(value) ? "≈ 0" : plain(value));
  const equals = (value) => (nothing(value) ? "≈ 0" : `= ${plain(value)}`);

  // A factor or a summand: in brackets if negative.
  const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);

  const digitsOf = (text) => (text.split(".")[1] || "").length;
  const read = (text) => Number(text.replace(/−/g, "-").replace("∞", "Infinity"));

  // With a digit more behind the point.
  function finer(value) {
    const [text, size] = [plain(value), Math.abs(value)];
    return /e|∞|nan/.test(text) || size >= 99.95 || size < NOTHING ? text : (value < 0 ? "−" : "") + size.toFixed(digitsOf(text) + 1);
  }

  // How to write an equation whose left side is `made` of numbers: so that those that are read give the result that is read,
  // with a digit more where that takes one; where even that does not help, its sign is ≈.
  function worked(values, made, result) {
    const fits = (way) => equals(made(...values.map((value) => read(way(value))))) === equals(result);
    const write = [plain, finer].find(fits) || plain;
    const sign = fits(write) && !nothing(result) ? "=" : "≈";
    return { number: write, factor: (value) => bracketed(write(value)), sign, end: `${sign} ${nothing(result) ? "0" : plain(result)}` };
  }

  // As short as possible: whole numbers without a point.
  function short(value) {
    return Number.isInteger(value) && Math.abs(value) < 10000 ? `${value < 0 ? "−" : ""}${Math.abs(value)}` : number(value);
  }

  const inBrackets = (value) => bracketed(short(value));

  const WIDTHS = { ".": 0.32, "−": 0.84, e: 0.62, "∞": 0.84 };

  // The size, up to a largest, at which a text fits on the ground that a number has on its wire.
  function fitting(text, largest) {
    const wide = [...text].reduce((sum, letter) => sum + (WIDTHS[letter] || 0.64), 0);
    return Math.min(largest, 51 / wide);
  }

  return { number, plain, nearly, equals, read, worked, short, inBrackets, fitting };
})();

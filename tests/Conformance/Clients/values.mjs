// Values that must come back as they were sent.
export const JSON_VALUES = [
  [],
  [null],
  [true, false],
  [0, 1, -1, 42.5, -0.000001, 9007199254740991, -9007199254740991],
  ["", "text", "with \"quotes\", \\ and /", "lines\r\n\ttabs\u0000\u001f", "\u2028\u2029\u001e"],
  ["é à ü ß", "Ελληνικά", "日本語", "עברית", "😀👩‍👩‍👧‍👦🏳️‍🌈", "\u{10ffff}"],
  [[], {}, [[]], [{}], { a: {} }],
  [{ a: 1, b: [true, null, { c: "d" }], "key with ünicode 🎉": "x", "": "empty key", num: 0 }],
  ["several", 1, null, { of: ["every", { kind: false }] }, []],
  [[1, [2, [3, [4, [5, [6, [7, [8]]]]]]]]],
  ["0", "42", "451-[\"x\"]", "b64", "{\"_placeholder\":true}"],
];

const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

export const BINARY_VALUES = {
  "a single attachment": [every],
  "an empty attachment": [Buffer.alloc(0)],
  "one byte": [Buffer.from([4])],
  "an ArrayBuffer": [new Uint8Array([1, 2, 3]).buffer],
  "attachments among other arguments": ["before", every, 1, Buffer.from("after"), null],
  "nested attachments": [{ file: { name: "ü.bin", parts: [every, [Buffer.from("x")]] }, list: [null, { b: Buffer.from([0, 255]) }] }],
  "ten attachments": [Array.from({ length: 10 }, (_, i) => Buffer.alloc(i, i))],
  "100 kB": [Buffer.alloc(100_000, 0xa5)],
};

/// How many things fit into one answer: what is asked for in pages stops before a frame is full.
struct FrameBudget {
  /// Half a frame: the last thing may be as large as the other half.
  private var left = JSONText.maximumByteCount / 2

  var isLeft: Bool { left > 0 }

  mutating func spend(on value: JSONValue) { left -= JSONText.bytes(value).count }
}

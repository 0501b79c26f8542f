/// A file that begins like a PNG and then holds every byte value: what counts is that it arrives as it was.
enum Picture {
  static func bytes(_ byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    let noise = (0..<byteCount).map { _ -> UInt8 in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    return ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + noise).dropLast(8)
  }
}

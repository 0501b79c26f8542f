/// Messages of one ratchet, as a node sends them: those of suite 3 leave room for units of the post-quantum ratchet.
struct MessageSection: RatchetSection {
  /// Suite 3; otherwise the Double Ratchet alone, which suites 1 and 2 have.
  let isPostQuantum: Bool

  /// More than the units of a message take.
  private static let reserve = 512

  var title: String { "messages\(isPostQuantum ? " of suite 3" : ""), encrypt + decrypt" }

  func contests() throws -> [RatchetContest] {
    var contests: [RatchetContest] = []
    let prefix = isPostQuantum ? "suite 3, " : ""
    for isPingPong in [false, true] {
      for byteCount in [64, 1_024, 65_536] {
        let plaintext = [UInt8](repeating: 7, count: byteCount)
        let pair = try RatchetBenchPair(isPostQuantum: isPostQuantum)
        let floor = try RatchetFloorPair(maximumByteCount: byteCount, isPostQuantum: isPostQuantum)
        contests.append(
          RatchetContest(
            name: "\(prefix)\(isPingPong ? "ping-pong" : "one way"), \(byteCount) B",
            sotto: { try pair.exchange(plaintext, reserve: Self.reserve, isPingPong: isPingPong) },
            bare: { try floor.exchange(plaintext, isPingPong: isPingPong) }))
      }
    }
    return contests
  }
}

import ArgumentParser

/// `sotto-bench suites`: encrypt and decrypt in suite 3 beside the same in suite 2.
///
/// As in `sotto-bench ratchet` one call is one message encrypted on one side and decrypted on the other. *Reserve* is how many bytes of
/// padding the messages leave: at 0 there is only the second chain, at 512 epochs go on as fast as they can. The rows *sealed* are what
/// a message costs a node in cryptography: the envelope around it is sealed and opened as well.
struct SuiteBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suites", abstract: "Ratchet encrypt + decrypt in suite 3, beside suite 2.")

  @Option(help: "Processor seconds for each row.") var seconds = 3.0

  /// Slices of each contestant in a row; odd, so that there is a median.
  private static let sliceCount = 15

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds must be more than 0.") }
  }

  func run() throws {
    print("pattern            bytes  reserve   suite 2/s   suite 3/s   more CPU   epochs")
    for isSealed in [false, true] {
      for isPingPong in [false, true] {
        for (byteCount, reserve) in [(64, 0), (64, 512), (1_024, 0), (1_024, 512), (32_768, 0), (32_768, 512)] {
          try measure(byteCount, reserve: reserve, isPingPong: isPingPong, isSealed: isSealed)
        }
      }
    }
  }

  private func measure(_ byteCount: Int, reserve: Int, isPingPong: Bool, isSealed: Bool) throws {
    let plaintext = [UInt8](repeating: 7, count: byteCount)
    let second = try RatchetBenchPair(isPostQuantum: false, isSealed: isSealed)
    let third = try RatchetBenchPair(isPostQuantum: true, isSealed: isSealed)
    let slice = seconds / Double(2 * Self.sliceCount)
    var rates: [(second: Double, third: Double)] = []
    for _ in 0..<Self.sliceCount {
      rates.append(
        (
          try ProcessorTime.callsPerSecond(during: slice) {
            try second.exchange(plaintext, reserve: reserve, isPingPong: isPingPong)
          },
          try ProcessorTime.callsPerSecond(during: slice) {
            try third.exchange(plaintext, reserve: reserve, isPingPong: isPingPong)
          }
        ))
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    let more = median(rates.map { $0.second / $0.third - 1 }) * 100
    let columns: [(String, Int)] = [
      ((isPingPong ? "ping-pong" : "one-way") + (isSealed ? ", sealed" : ""), 17), ("\(byteCount)", -7),
      ("\(reserve)", -9),
      ("\(Int(median(rates.map(\.second))))", -12), ("\(Int(median(rates.map(\.third))))", -12),
      ("\((more * 10).rounded() / 10) %", -11), ("\(third.epoch)", -9),
    ]
    print(columns.map { $0.0.padded(to: $0.1) }.joined())
  }
}

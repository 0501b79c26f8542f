import ArgumentParser
import DoubleRatchet
import Primitives
import SecretMemory

/// `sotto-bench ratchet`: encrypt and decrypt beside the libsodium calls that they must make.
///
/// One call is one message encrypted on one side and decrypted on the other, in one thread. *One way* stays on one
/// chain; *ping-pong* changes direction with every message, so that each makes a Diffie–Hellman step. Both
/// contestants run in turn, slice by slice, and the median of the ratios of neighbouring slices is reported: ratios
/// travel between machines, seconds do not.
struct RatchetBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratchet", abstract: "Ratchet encrypt + decrypt, beside the bare libsodium calls.")

  @Flag(help: "One JSON object a line.") var json = false
  @Option(help: "Processor seconds for each row.") var seconds = 3.0

  /// Slices of each contestant in a row; odd, so that there is a median.
  private static let sliceCount = 15

  enum Pattern: String, CaseIterable {
    case oneWay = "one-way"
    case pingPong = "ping-pong"
  }

  struct Row {
    let pattern: Pattern
    let byteCount: Int
    let ratchetPerSecond: Double
    let floorPerSecond: Double
    let ratio: Double
  }

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds must be more than 0.") }
  }

  func run() throws {
    if !json { print("ratchet, encrypt + decrypt     Sotto/s     libsodium/s    ratio") }
    for pattern in Pattern.allCases {
      for byteCount in [64, 1_024, 65_536] {
        let row = try measure(pattern, byteCount: byteCount)
        print(json ? row.json : row.text)
      }
    }
  }

  private func measure(_ pattern: Pattern, byteCount: Int) throws -> Row {
    let plaintext = [UInt8](repeating: 7, count: byteCount)
    let pair = try RatchetBenchPair()
    let floor = try RatchetFloorPair(maximumByteCount: byteCount)
    let slice = seconds / Double(2 * Self.sliceCount)
    var ratchet: [Double] = []
    var bare: [Double] = []
    for _ in 0..<Self.sliceCount {
      ratchet.append(
        try ProcessorTime.callsPerSecond(during: slice) {
          try pair.exchange(plaintext, isPingPong: pattern == .pingPong)
        })
      bare.append(
        try ProcessorTime.callsPerSecond(during: slice) {
          try floor.exchange(plaintext, isPingPong: pattern == .pingPong)
        })
    }
    return Row(
      pattern: pattern, byteCount: byteCount, ratchetPerSecond: Self.median(ratchet), floorPerSecond: Self.median(bare),
      ratio: Self.median(zip(ratchet, bare).map { $0 / $1 }))
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

extension RatchetBench.Row {
  var json: String {
    """
    {"bench":"ratchet","pattern":"\(pattern.rawValue)","bytes":\(byteCount),\
    "sottoPerSecond":\(Int(ratchetPerSecond)),"libsodiumPerSecond":\(Int(floorPerSecond)),"ratio":\(rounded)}
    """
  }

  var text: String {
    let name = "\(pattern.rawValue), \(byteCount) B"
    return name.padded(to: 26) + "\(Int(ratchetPerSecond))".padded(to: -12) + "\(Int(floorPerSecond))".padded(to: -16)
      + "\(rounded)".padded(to: -9)
  }

  private var rounded: Double { (ratio * 1_000).rounded() / 1_000 }
}

extension String {
  /// Spaces after the text, or before it when `width` is negative.
  fileprivate func padded(to width: Int) -> String {
    let spaces = String(repeating: " ", count: max(0, abs(width) - count))
    return width < 0 ? spaces + self : self + spaces
  }
}

/// Why there is nothing to measure.
enum RatchetBenchError: Error {
  case libraryUnusable
  case plaintextLost
  case bareCallsDisagree
}

/// Two ratchet states of one session.
private final class RatchetBenchPair {
  private var left: RatchetState
  private var right: RatchetState
  private var isLeftSending = true
  private let randomness: SystemRandomness

  init() throws {
    randomness = try SystemRandomness()
    let secret = try randomness.secret(byteCount: 32)
    let signedPreKey = try X25519KeyPair(from: randomness)
    // As long as the associated data of a session: two encoded identities and a context hash.
    let associatedData = [UInt8](repeating: 6, count: 98)
    left = try RatchetState.initiator(
      sharedSecret: try secret.duplicate(), remoteKey: signedPreKey.publicKey, associatedData: associatedData,
      randomness: randomness)
    right = try RatchetState.responder(sharedSecret: secret, ownKeyPair: signedPreKey, associatedData: associatedData)
    for _ in 0..<4 { try exchange([], isPingPong: true) }
  }

  func exchange(_ plaintext: [UInt8], isPingPong: Bool) throws {
    let opened: DecryptedMessage
    if isLeftSending {
      opened = try right.decrypt(try left.encrypt(plaintext), at: 0, randomness: randomness)
    } else {
      opened = try left.decrypt(try right.encrypt(plaintext), at: 0, randomness: randomness)
    }
    guard opened.plaintext.count == plaintext.count else { throw RatchetBenchError.plaintextLost }
    if isPingPong { isLeftSending.toggle() }
  }
}

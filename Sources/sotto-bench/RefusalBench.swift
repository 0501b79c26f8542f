import Ambient
import ArgumentParser
import ByteLayout
import Foundation
import Primitives
import ProcessSupport
import RelayClient
import RelayWire
import Verification

/// `sotto-bench refusals`: does the time of an answer tell an unknown mailbox from an unknown, spent or outdated tag (R9)?
struct RefusalBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refusals", abstract: "Compare the times of the relay's refusals (R9).",
    discussion: """
      Puts that are not admitted, one at a time in a random order, against a real relay. D is the Kolmogorov-Smirnov \
      distance from the unknown mailbox; the same mailbox measured twice shows what is chance.

        sotto-bench refusals --samples 4000
      """)

  @Option(help: "Puts of each kind, 100 … 1 000 000.")
  var samples = 2_000

  func validate() throws {
    guard (100...1_000_000).contains(samples) else { throw ValidationError("--samples: 100 … 1 000 000.") }
  }

  private enum Kind: String, CaseIterable {
    case unknownMailbox = "unknown mailbox"
    case unknownMailboxAgain = "unknown mailbox again"
    case unknownTag = "unknown tag"
    case spentTag = "spent tag"
    case outdatedTag = "outdated tag"
  }

  func run() async throws {
    let relay = try await RunningRelay.start()
    let address = try RelayAddress(url: relay.url)
    let owner = try await RelayConnection.connect(to: address, expectedRelayKey: nil, timeLimit: .seconds(60))
    let sender = try await RelayConnection.connect(to: address, expectedRelayKey: nil, timeLimit: .seconds(60))
    let target = try await RefusalTarget(owner: owner)
    _ = try await sender.put(try target.put(target.mailbox, target.spent))
    var times: [Kind: [Double]] = [:]
    var order = Kind.allCases
    for _ in 0..<samples {
      order.shuffle()
      for kind in order {
        let put =
          switch kind {
          case .unknownMailbox, .unknownMailboxAgain:
            try target.put(MailboxID(Self.random()), AdmissionTag(Self.random()))
          case .unknownTag: try target.put(target.mailbox, AdmissionTag(Self.random()))
          case .spentTag: try target.put(target.mailbox, target.spent)
          case .outdatedTag: try target.put(target.mailbox, target.outdated)
          }
        let began = ContinuousClock.now
        do throws(RelayClientError) {
          _ = try await sender.put(put)
          throw .protocolViolation(.unexpectedAnswer)
        } catch {
          guard case .refused(let refusal) = error, refusal.code == .notAdmitted else { throw error }
        }
        times[kind, default: []].append((ContinuousClock.now - began) / .microseconds(1))
      }
    }
    try await relay.terminate()
    show(times)
  }

  private func show(_ times: [Kind: [Double]]) {
    let sorted = times.mapValues { $0.sorted() }
    let reference = sorted[.unknownMailbox] ?? []
    func column(_ value: Double, _ digits: Int = 0) -> String {
      let text = String(format: "%.\(digits)f", value)
      return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
    print("microseconds from put to refusal, \(samples) of each kind, interleaved")
    print("kind                        p10      p50      p90      p99        D")
    for kind in Kind.allCases {
      let values = sorted[kind] ?? []
      let quantiles = [0.1, 0.5, 0.9, 0.99].map { column(values[Int(Double(values.count - 1) * $0)]) }.joined()
      let name = kind.rawValue.padding(toLength: 22, withPad: " ", startingAt: 0)
      print("\(name)\(quantiles)\(column(Self.distance(reference, values), 4))")
    }
    // The asymptotic bound of the two-sample test at one in a hundred.
    print("D above \(String(format: "%.4f", 1.628 * (2 / Double(samples)).squareRoot())) is chance once in a hundred")
  }

  /// The largest distance of the two distributions (Kolmogorov–Smirnov).
  private static func distance(_ left: [Double], _ right: [Double]) -> Double {
    var (i, j, distance) = (0, 0, 0.0)
    while i < left.count, j < right.count {
      let value = min(left[i], right[j])
      while i < left.count, left[i] <= value { i += 1 }
      while j < right.count, right[j] <= value { j += 1 }
      distance = max(distance, abs(Double(i) / Double(left.count) - Double(j) / Double(right.count)))
    }
    return distance
  }

  fileprivate static func random<let count: Int>() -> FixedBytes<count> {
    var bytes = FixedBytes<count>()
    for (index, byte) in SystemPublicRandomness().bytes(count).enumerated() { bytes[index] = byte }
    return bytes
  }
}

/// A mailbox with a tag that serves once and one whose day is over.
private struct RefusalTarget {
  let mailbox: MailboxID
  let spent = AdmissionTag(RefusalBench.random())
  let outdated = AdmissionTag(RefusalBench.random())
  private let envelope = try? Envelope(SystemPublicRandomness().bytes(1_024))

  init(owner: RelayConnection) async throws {
    let key = try Ed25519SigningKey(from: try SystemRandomness())
    mailbox = MailboxID(key.verifyingKey.bytes)
    let next = FenceNonce(RefusalBench.random())
    let body = RelayAuthentication.message(
      relayKey: owner.hello.relayKey, challenge: owner.hello.challenge, mailbox: mailbox, generation: 0, nonce: .none,
      nextNonce: next)
    _ = try await owner.openMailbox(
      try OpenMailboxCommand(
        mailbox: mailbox, presented: .unopened, nextNonce: next,
        signature: try key.signature(label: RelayAuthentication.label, body: body).bytes))
    let mailbox = mailbox
    func entry(_ tag: AdmissionTag, until day: UInt32, uses: UInt16) throws -> AdmissionEntry {
      let hash = ContentHash.labelled(AdmissionHash.label, AdmissionHash.body(mailbox: mailbox, tag: tag))
      return try AdmissionEntry(
        hash: AdmissionHash(hash.prefix()), fromDay: 0, untilDay: day, uses: uses, admissionClass: .contact,
        rights: .put)
    }
    let today = SystemWallClock().now().day
    try await owner.setAdmission(
      try AdmissionChange(
        mailbox: mailbox, add: [entry(spent, until: .max, uses: 1), entry(outdated, until: today - 3, uses: 0)]))
  }

  func put(_ mailbox: MailboxID, _ tag: AdmissionTag) throws -> PutCommand {
    guard let envelope else { throw RelayClientError.protocolViolation(.unexpectedAnswer) }
    return PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(RefusalBench.random()), tag: tag, envelope: envelope, retention: .day,
      deletionHash: DeletionHash(FixedBytes()))
  }
}

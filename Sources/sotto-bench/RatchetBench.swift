import ArgumentParser
import KeyAgreement

/// `sotto-bench ratchet`: messages and handshakes beside the bare calls that they must make.
///
/// Everything runs in one thread. Both contestants of a row run in turn, slice by slice, and the median of the ratios of
/// neighbouring slices is reported: ratios travel between machines, seconds do not.
struct RatchetBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratchet", abstract: "Messages and handshakes, beside the bare calls that they must make.",
    discussion: """
      A message is encrypted on one side and decrypted on the other. One way stays on one chain; in ping-pong every message \
      changes the direction, so that each makes a Diffie-Hellman step.

      A handshake is whole: every signature is verified, the secret agreed on, a first message of 64 bytes encrypted, and \
      decrypted by the other side. "prekeys" is making and signing what the responder publishes for it.
      """)

  @Flag(help: "One JSON object a line.") var json = false
  @Option(help: "Processor seconds for each row.") var seconds = 3.0
  @Option(help: ArgumentHelp("What to measure: messages, handshakes.", valueName: "part"))
  var part = Part.allCases

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case messages
    case handshakes
  }

  func validate() throws {
    guard seconds > 0 else { throw ValidationError("--seconds must be more than 0.") }
  }

  func run() throws {
    for part in Set(part).sorted(by: { $0.rawValue > $1.rawValue }) {
      for section in try sections(of: part) {
        if !json { print(RatchetRow.heading(section.title)) }
        for contest in try section.contests() {
          let row = try contest.row(seconds: seconds)
          print(json ? row.json : row.text)
        }
      }
    }
  }

  /// The tables, in the order in which they are printed. A suite with a ratchet of its own has one more of messages.
  private func sections(of part: Part) throws -> [any RatchetSection] {
    switch part {
    case .messages: [MessageSection(isPostQuantum: false), MessageSection(isPostQuantum: true)]
    case .handshakes: Suite.allCases.map { HandshakeSection(suite: $0) }
    }
  }
}

/// Why there is nothing to measure.
enum RatchetBenchError: Error {
  case libraryUnusable
  case plaintextLost
  case bareCallsDisagree
  case deviceNotListed
}

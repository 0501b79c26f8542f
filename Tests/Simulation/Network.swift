import Messaging
import RelayWire

/// The network between the nodes and the relays: loses, doubles and delays what senders put, and lets somebody else
/// replay it.
final class Network {
  /// What becomes of one request.
  enum Fate {
    case passes
    case requestLost
    case answerLost
    case doubled
    case delayed
  }

  private struct Late {
    let host: String
    let command: PutCommand
    let passesAt: Int
  }

  /// How many of a hundred requests are not simply passed on; 0 for a good network.
  var trouble = 0
  private var late: [Late] = []
  /// Puts that somebody on the way has kept.
  private(set) var captured: [(host: String, command: PutCommand)] = []
  private static let capturedLimit = 200

  func fate(_ dice: Dice) -> Fate {
    guard dice.roll(100) < trouble else { return .passes }
    switch dice.roll(4) {
    case 0: return .requestLost
    case 1: return .answerLost
    case 2: return .doubled
    default: return .delayed
    }
  }

  func capture(_ command: PutCommand, host: String, _ dice: Dice) {
    if captured.count < Self.capturedLimit {
      captured.append((host, command))
    } else {
      captured[dice.roll(Self.capturedLimit)] = (host, command)
    }
  }

  /// Keeps a request on the way until step `step`.
  func delay(_ command: PutCommand, host: String, until step: Int) {
    late.append(Late(host: host, command: command, passesAt: step))
  }

  /// What arrives now, in an order of its own.
  func arrivals(at step: Int, _ dice: Dice) -> [(host: String, command: PutCommand)] {
    var arrived = late.filter { $0.passesAt <= step }.map { ($0.host, $0.command) }
    late.removeAll { $0.passesAt <= step }
    for index in arrived.indices.dropFirst() { arrived.swapAt(index, dice.roll(index + 1)) }
    return arrived
  }

  func forgetDelayed() { late = [] }
}

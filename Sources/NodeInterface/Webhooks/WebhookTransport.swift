/// What is posted to a receiver, once.
package struct WebhookRequest: Sendable {
  package let url: String
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]
  /// Whether link-local addresses are taken too, and http to other machines.
  package let isInsecureAllowed: Bool
  package let timeLimit: Duration
}

/// What became of it.
package enum WebhookOutcome: Hashable, Sendable {
  /// The status that the receiver answered with.
  case answered(Int)
  case failed(WebhookFailure)

  /// 2xx: the receiver has it.
  var isTaken: Bool { if case .answered(let status) = self { (200..<300).contains(status) } else { false } }

  /// 410: the receiver wants nothing more.
  var isOver: Bool { self == .answered(410) }

  /// For people: `status_500`, or the failure.
  var text: String {
    switch self {
    case .answered(let status): "status_\(status)"
    case .failed(let failure): failure.rawValue
    }
  }
}

/// Why nothing was answered.
package enum WebhookFailure: String, Sendable {
  case unreachable
  case timeout
  /// The name has no address.
  case unknownHost = "unknown_host"
  /// An address that is not posted to: link-local, multicast, a cloud's metadata.
  case refusedAddress = "refused_address"
  /// http to another machine.
  case plaintext
}

/// What posts. Follows no redirect, and asks nothing but what it is told.
package protocol WebhookTransport: Sendable {
  func post(_ request: WebhookRequest) async -> WebhookOutcome
}

/// How long a receiver is waited for.
package struct WebhookTimes: Hashable, Sendable {
  /// The wait after the first failure is at most this; it doubles with each.
  package var firstWait: Duration
  package var longestWait: Duration
  /// An event that the receiver could not be told for so long becomes a dead letter.
  package var limit: Duration
  /// For one request with its answer.
  package var request: Duration

  package init(
    firstWait: Duration = .seconds(5), longestWait: Duration = .seconds(3_600), limit: Duration = .seconds(7 * 86_400),
    request: Duration = .seconds(10)
  ) {
    self.firstWait = firstWait
    self.longestWait = longestWait
    self.limit = limit
    self.request = request
  }
}

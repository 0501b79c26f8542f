package import ByteLayout
import FoundationEssentials

/// What asks whether an envelope was collected, 16 bytes (C10). Only its sender can make it.
package struct CollectedToken: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

/// Asks about 1 … 64 envelopes, possibly of many mailboxes, which it does not name (R13).
package struct ReceiptStatusCommand: Hashable, Sendable {
  package let tokens: [CollectedToken]

  /// - Throws: ``WireError/missing(field:)`` for none, ``WireError/tooMany(field:limit:actual:)`` above 64.
  package init(tokens: [CollectedToken]) throws(WireError) {
    guard !tokens.isEmpty else { throw .missing(field: "tokens") }
    try bounded(tokens.count, limit: WireLimits.maximumReceiptTokens, field: "tokens")
    self.tokens = tokens
  }

  init(_ message: Sotto_Relay_V1_ReceiptStatus) throws(WireError) {
    try bounded(message.tokens.count, limit: WireLimits.maximumReceiptTokens, field: "tokens")
    var tokens: [CollectedToken] = []
    for token in message.tokens { tokens.append(CollectedToken(try FixedBytes<16>(token, field: "tokens"))) }
    try self.init(tokens: tokens)
  }

  var message: Sotto_Relay_V1_ReceiptStatus {
    var message = Sotto_Relay_V1_ReceiptStatus()
    message.tokens = tokens.map { $0.bytes.data }
    return message
  }
}

extension CollectedHash {
  /// The label under which a relay hashes a token that it is shown (C10).
  package static let label = "Sotto_CollectedHash_v1"
}

package import RelayWire

/// What anyone may ask who knows a tag, on a connection that proves nothing; and what anyone may ask at all.
extension RelayConnection {
  /// Stores one envelope. The receipt means that it is durable (R1); asking again with the same command is harmless (R3).
  ///
  /// - Throws: ``RelayClientError/refused(_:)`` with `notAdmitted`, `conflict` or `unavailable`, and what every request
  ///   throws; after `closed` or `timedOut` it may be stored or not.
  package func put(_ command: PutCommand) async throws(RelayClientError) -> StoredReceipt {
    guard case .storedReceipt(let receipt) = try await request(.sender(.put(command))),
      receipt.envelopeID == command.envelopeID
    else { throw .unexpectedAnswer }
    return receipt
  }

  /// Stores 1 … 64 envelopes that have nothing to do with each other, each judged for itself, answered in order.
  package func putBatch(_ commands: [PutCommand]) async throws(RelayClientError) -> [PutResult] {
    guard case .putBatchResult(let results) = try await request(.sender(.putBatch(commands))),
      results.count == commands.count
    else { throw .unexpectedAnswer }
    return results
  }

  /// Fetches what a first contact needs, and uses up one one-time prekey (C6, R10).
  package func fetchBundle(_ command: FetchBundleCommand) async throws(RelayClientError) -> BundleReply {
    guard case .bundleReply(let reply) = try await request(.sender(.fetchBundle(command))) else {
      throw .unexpectedAnswer
    }
    return reply
  }

  /// Takes an envelope back that its recipient has not fetched for good. Whether it was still there is not told (R1).
  package func retract(_ command: RetractCommand) async throws(RelayClientError) {
    guard case .done = try await request(.sender(.retract(command))) else { throw .unexpectedAnswer }
  }

  /// Asks about 1 … 64 envelopes whether they were collected, in the order of the tokens. `false` says nothing (R13).
  package func receiptStatus(_ command: ReceiptStatusCommand) async throws(RelayClientError) -> [Bool] {
    guard case .receiptStatus(let collected) = try await request(.sender(.receiptStatus(command))),
      collected.count == command.tokens.count
    else { throw .unexpectedAnswer }
    return collected
  }

  /// Asks for room for a file (C11).
  package func createBlob(_ command: CreateBlobCommand) async throws(RelayClientError) -> BlobGrant {
    guard case .blobGrant(let grant) = try await request(.sender(.createBlob(command))) else {
      throw .unexpectedAnswer
    }
    return grant
  }

  /// Asks the relay about itself.
  package func info() async throws(RelayClientError) -> RelayInfo {
    guard case .info(let info) = try await request(.anyone(.getInfo)) else { throw .unexpectedAnswer }
    return info
  }
}

import SwiftProtobuf

/// One request of a client: an id ≥ 1, unique among its unanswered ones, and a command.
package struct ClientRequest: Hashable, Sendable {
  package let id: UInt64
  package let command: ClientCommand

  package init(id: UInt64, command: ClientCommand) {
    self.id = id
    self.command = command
  }
}

/// A request as it arrived: when its command is not allowed, the relay can still answer to its id.
package struct ReceivedRequest: Sendable {
  package let id: UInt64
  package let command: Result<ClientCommand, WireError>
}

/// One frame of the relay: an answer, or with `requestID` 0 something that it says by itself.
package struct RelayFrame: Hashable, Sendable {
  package let requestID: UInt64
  package let event: RelayEvent

  package init(requestID: UInt64, event: RelayEvent) {
    self.requestID = requestID
    self.event = event
  }
}

/// Frames to bytes and back. Unknown fields are discarded; everything known is checked.
package enum FrameCodec {
  /// Decodes what a client sent.
  ///
  /// - Throws: ``WireError`` when no request can be told apart, so that only closing the connection is left;
  ///   a command that is not allowed is in ``ReceivedRequest/command`` instead.
  package static func decodeRequest(_ bytes: [UInt8]) throws(WireError) -> ReceivedRequest {
    let frame: Sotto_Relay_V1_ClientFrame = try decode(bytes)
    guard frame.requestID != 0 else { throw .noRequestID }
    guard let command = frame.command else {
      return ReceivedRequest(id: frame.requestID, command: .failure(.nothingKnown))
    }
    do throws(WireError) {
      return ReceivedRequest(id: frame.requestID, command: .success(try ClientCommand(command)))
    } catch {
      return ReceivedRequest(id: frame.requestID, command: .failure(error))
    }
  }

  /// Encodes what a client sends.
  ///
  /// - Throws: ``WireError/frameTooLarge(byteCount:)`` above 1 MiB, ``WireError/noRequestID`` for id 0, and for a batch
  ///   of no puts or more than 64.
  package static func encode(_ request: ClientRequest) throws(WireError) -> [UInt8] {
    guard request.id != 0 else { throw .noRequestID }
    if case .sender(.putBatch(let puts)) = request.command {
      guard !puts.isEmpty else { throw .missing(field: "puts") }
      try bounded(puts.count, limit: WireLimits.maximumPuts, field: "puts")
    }
    var frame = Sotto_Relay_V1_ClientFrame()
    frame.requestID = request.id
    frame.command = request.command.message
    return try encode(frame)
  }

  /// Decodes what a relay sent, strictly: the client closes the connection when this throws.
  package static func decodeFrame(_ bytes: [UInt8]) throws(WireError) -> RelayFrame {
    let frame: Sotto_Relay_V1_ServerFrame = try decode(bytes)
    guard let event = frame.event else { throw .nothingKnown }
    return RelayFrame(requestID: frame.requestID, event: try RelayEvent(event))
  }

  /// Encodes what a relay sends.
  ///
  /// - Throws: ``WireError/frameTooLarge(byteCount:)`` above 1 MiB.
  package static func encode(_ frame: RelayFrame) throws(WireError) -> [UInt8] {
    var message = Sotto_Relay_V1_ServerFrame()
    message.requestID = frame.requestID
    message.event = frame.event.message
    return try encode(message)
  }

  private static func decode<Frame: Message>(_ bytes: [UInt8]) throws(WireError) -> Frame {
    guard bytes.count <= WireLimits.maximumFrameByteCount else { throw .frameTooLarge(byteCount: bytes.count) }
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 8
    do { return try Frame(serializedBytes: bytes, options: options) } catch { throw .notAFrame }
  }

  private static func encode(_ frame: some Message) throws(WireError) -> [UInt8] {
    let bytes: [UInt8]
    do { bytes = try frame.serializedBytes() } catch { throw .notAFrame }
    guard bytes.count <= WireLimits.maximumFrameByteCount else { throw .frameTooLarge(byteCount: bytes.count) }
    return bytes
  }
}

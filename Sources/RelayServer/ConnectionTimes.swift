package import NIOCore

/// How long a client may take on a WebSocket.
package struct ConnectionTimes: Hashable, Sendable {
  /// How often a connection is looked at, and pinged if nothing was heard.
  package var watchInterval = TimeAmount.seconds(30)
  /// After this silence, or this long without reading any of what waits for it, a client counts as gone.
  package var silenceLimit = TimeAmount.seconds(90)
  /// For the rest of a frame that has begun, or the next ``progressByteCount`` of it.
  package var frameLimit = TimeAmount.seconds(10)
  /// The part of a frame that must come in each ``frameLimit``.
  package static let progressByteCount = 16 * 1_024
  /// For a client to answer a close frame.
  package var closingLimit = TimeAmount.seconds(1)

  package init() {}
}

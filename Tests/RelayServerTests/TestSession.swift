import ProcessSupport
import RelayWire

/// A session over HTTP, with a connection of its own for each request.
struct TestSession: Sendable {
  static let contentType = "Content-Type: application/x-protobuf"

  let port: Int
  let token: String
  let hello: RelayHello

  /// Begins a session.
  static func begin(_ relay: TestRelay) async throws -> TestSession {
    let answer = try await RawHTTP.request(
      "POST /v1/rpc HTTP/1.1", headers: [contentType], body: [], port: relay.port)
    let header = answer.head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sotto-session: ") }
    guard answer.status == 200, let header, let bytes = try DelimitedFrames.decode(answer.body).first,
      case .hello(let hello) = try FrameCodec.decodeFrame(bytes).event
    else { throw ProcessFailure.unexpectedOutput(answer.head) }
    return TestSession(port: relay.port, token: String(header.dropFirst("sotto-session: ".count)), hello: hello)
  }

  /// One POST: its status, and the frames of its answer.
  func post(_ requests: [ClientRequest]) async throws -> (status: Int, frames: [RelayFrame]) {
    let body = DelimitedFrames.encode(try requests.map { try FrameCodec.encode($0) })
    let answer = try await RawHTTP.request(
      "POST /v1/rpc HTTP/1.1", headers: [Self.contentType, "Sotto-Session: \(token)"], body: body, port: port)
    guard answer.status == 200 else { return (answer.status, []) }
    return (200, try DelimitedFrames.decode(answer.body).map { try FrameCodec.decodeFrame($0) })
  }

  /// Asks one thing, which must be answered.
  func ask(_ command: ClientCommand) async throws -> RelayEvent {
    let (status, frames) = try await post([ClientRequest(id: 1, command: command)])
    guard status == 200, frames.count == 1, let frame = frames.first, frame.requestID == 1 else {
      throw ProcessFailure.unexpectedOutput("\(status), \(frames.count) frames")
    }
    return frame.event
  }

  /// Ends the session: its status.
  func delete() async throws -> Int {
    try await RawHTTP.request(
      "DELETE /v1/rpc HTTP/1.1", headers: ["Sotto-Session: \(token)"], body: [], port: port
    ).status
  }
}

import Foundation

/// A transcript of an independent implementation: sessions, events, and the state after each event.
struct Transcript: Decodable {
  struct Draw: Decodable {
    let `for`: String
    let bytes: String
  }

  struct Handshake: Decodable {
    struct Responder: Decodable {
      let signed_prekey_priv: String
      let signed_prekey_pub: String
    }
    let bob: Responder
    let shared_secret: String
    let associated_data: String
  }

  struct Chain: Decodable, Equatable {
    let ck: String
    let n: UInt32
  }

  struct Skipped: Decodable, Equatable {
    let dh: String
    let n: UInt32
    let mk: String
  }

  struct State: Decodable, Equatable {
    let rk: String
    let dhs_priv: String
    let dhs_pub: String
    let dhr: String
    let pn: UInt32
    let send: Chain
    let recv: Chain?
    let skipped: [Skipped]
  }

  struct Event: Decodable {
    let op: String
    let who: String
    let id: String
    let header: String?
    let aad: String?
    let pt_len: Int?
    let plaintext: String?
    let ciphertext: String?
    let ciphertext_sha256: String?
    let tamper: String?
    let result: String?
    let state_after: State?
  }

  struct Session: Decodable {
    let name: String
    let x3dh: Handshake
    let events: [Event]
  }

  let randomness: [Draw]
  let sessions: [Session]

  /// Where `peers/ratchet/transcript.json` may lie: in `$SOTTO_SHARED`, or in `shared` beside the package.
  static let url: URL = {
    let environment = ProcessInfo.processInfo.environment["SOTTO_SHARED"]
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shared =
      environment.map { URL(fileURLWithPath: $0) }
      ?? package.deletingLastPathComponent().appendingPathComponent("shared")
    return shared.appendingPathComponent("peers/ratchet/transcript.json")
  }()

  static var isAvailable: Bool { FileManager.default.fileExists(atPath: url.path) }

  static func read() throws -> Transcript {
    try JSONDecoder().decode(Transcript.self, from: Data(contentsOf: url))
  }
}

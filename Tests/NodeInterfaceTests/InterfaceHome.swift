import Ambient
import ByteLayout
import Foundation
import Messaging
import Node
import NodeInterface
import Primitives
import ProcessSupport
import SecretMemory
import TestSupport
import Vault

/// HMAC-SHA-256 in hex, as a receiver of webhooks would compute it.
func hmac(_ message: [UInt8], _ secret: String) -> String {
  guard let key = try? SecretBytes(copying: Array(secret.utf8)) else { return "" }
  return Hexadecimal.encode(HMACSHA256.code(message, key: key).array)
}

/// The interface of an account in a vault of its own, with a clock that is turned by hand. Nothing of it is connected.
final class InterfaceHome: Sendable {
  let clock = ManualClock()
  let vault: Vault
  let dispatcher: Dispatcher
  private let folder: TemporaryFolder

  init(
    rates: CallRates = CallRates(), steadyClock: any SteadyClock = SystemSteadyClock(),
    webhookTransport: (any WebhookTransport)? = nil, webhookTimes: WebhookTimes = WebhookTimes()
  ) async throws {
    folder = try TemporaryFolder()
    let home = try NodeHome(
      directory: folder.path(of: "home"), environment: ["HOME": folder.path, "SOTTO_KEY_FILE": folder.path(of: "key")])
    let randomness = try SystemRandomness()
    let environment = MessagingEnvironment(
      clock: clock, randomness: randomness, jitter: SystemPublicRandomness(), receiptTiming: .instant)
    vault = try home.createVault(passphrase: nil, randomness: randomness)
    let relay = try await RunningRelay.start()
    _ = try Messenger.createAccount(
      in: vault, name: "Alice", relay: try await RelayProbe(url: relay.url).homeRelay(), environment: environment)
    let node = try Node(vault: vault, environment: environment, fileFolder: home.fileFolder)
    dispatcher = Dispatcher(
      context: InterfaceContext(
        node: node, vault: vault, clock: clock, randomness: SystemPublicRandomness(), software: "test",
        rates: rates, steadyClock: steadyClock, webhookTransport: webhookTransport, webhookTimes: webhookTimes
      ) { _, _ in })
  }

  /// Whether a text is in a file of the vault.
  func fileContains(_ text: String) throws -> Bool { try contains(Data(text.utf8)) }

  /// Whether the bytes with these digits are in a file of the vault.
  func fileContains(hex: String) throws -> Bool { try contains(Data(try Hexadecimal.decode(hex))) }

  private func contains(_ bytes: Data) throws -> Bool {
    let folder = folder.path(of: "home")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      if FileManager.default.contents(atPath: folder + "/" + name)?.range(of: bytes) != nil { return true }
    }
    return false
  }

  /// Makes one call.
  func call(_ method: String, _ parameters: JSONValue, from caller: Caller = .local) async throws -> JSONValue {
    let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters]
    guard let answer = await dispatcher.answer(JSONText.bytes(request), from: caller) else { return .null }
    return try JSONText.parse(answer)
  }

  /// Lets so many things happen that mean nothing but that a contact was added.
  func happen(_ count: Int) throws {
    let now = clock.now().seconds
    try vault.write { transaction in
      for _ in 0..<count {
        _ = try transaction.appendEvent(EventRecord(type: EventKind.contactAdded.rawValue, at: now))
      }
    }
    dispatcher.context.node.doorbell.ring()
  }
}

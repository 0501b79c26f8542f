import Ambient
import Messaging
import Node
import NodeInterface
import Primitives
import ProcessSupport
import TestSupport
import Vault

/// The interface of an account in a vault of its own, with a clock that is turned by hand. Nothing of it is connected.
final class InterfaceHome: Sendable {
  let clock = ManualClock()
  let vault: Vault
  let dispatcher: Dispatcher
  private let folder: TemporaryFolder

  init() async throws {
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
        node: node, vault: vault, clock: clock, randomness: SystemPublicRandomness(), software: "test"
      ) { _, _ in })
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
  }
}

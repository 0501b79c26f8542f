import Ambient
import Messaging
import Node
import Primitives
import ProcessSupport
import Testing
import Vault

@Suite struct `A running node` {
  private struct Home {
    let folder: TemporaryFolder
    let node: Node

    init(_ relay: RunningRelay, name: String) async throws {
      folder = try TemporaryFolder()
      let home = try NodeHome(
        directory: folder.path(of: "home"),
        environment: ["HOME": folder.path(of: ""), "SOTTO_KEY_FILE": folder.path(of: "key")])
      let randomness = try SystemRandomness()
      let environment = MessagingEnvironment(
        clock: SystemWallClock(), randomness: randomness, jitter: SystemPublicRandomness(), receiptTiming: .instant)
      let vault = try home.createVault(passphrase: nil, randomness: randomness)
      let probe = try RelayProbe(url: relay.url)
      _ = try Messenger.createAccount(
        in: vault, name: name, relay: try await probe.homeRelay(), environment: environment)
      node = try Node(vault: vault, environment: environment, fileFolder: home.fileFolder)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `what is enqueued while the relay is asked for news goes out at once`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Home(relay, name: "Alice"), try await Home(relay, name: "Bob"))
    await withThrowingTaskGroup(of: Void.self) { group in
      for home in [alice, bob] { group.addTask { try await home.node.run(jitter: SystemPublicRandomness()) } }
      group.addTask {
        let link = try await alice.node.newInvite(.single, timeLimit: .seconds(10))
        let contact = try await bob.node.change { try $0.addContact(invite: link, as: "Alice") }
        let clock = ContinuousClock()
        // Both are in a long-poll of 20 s for most of this time.
        let began = clock.now
        let sent = try await bob.node.change { try $0.send(text: "Grüezi", file: nil, to: contact.id) }
        let state = try await bob.node.wait(atMost: .seconds(10)) { messenger in
          let state = try messenger.message(sent.id).state
          return state >= .delivered ? state : nil
        }
        #expect(state == .delivered)
        #expect(began.duration(to: clock.now) < .seconds(10))
        throw CancellationError()
      }
      await #expect(throws: CancellationError.self) { while try await group.next() != nil {} }
      group.cancelAll()
    }
    await alice.node.close()
    await bob.node.close()
  }

  @Test(.timeLimit(.minutes(5)))
  func `who asks while the node begins to run takes nothing from it`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await Home(relay, name: "Alice")
    for _ in 0..<10 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        // All of them want the mailbox open, and none knows of the others.
        for _ in 0..<3 { group.addTask { _ = try await alice.node.invite(.single) } }
        group.addTask { try await alice.node.openMailboxes() }
        try await group.waitForAll()
      }
      await alice.node.close()
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `a node that is cut short at any time loses nothing`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Home(relay, name: "Alice"), try await Home(relay, name: "Bob"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await alice.node.run(jitter: SystemPublicRandomness()) }
      let link = try await alice.node.newInvite(.single, timeLimit: .seconds(10))
      let contact = try await bob.node.change { try $0.addContact(invite: link, as: "Alice") }
      for number in 0..<20 {
        _ = try await bob.node.change { try $0.send(text: "\(number)", file: nil, to: contact.id) }
      }
      // Bob's node is cancelled again and again while it works.
      for _ in 0..<10 {
        await withTaskGroup(of: Void.self) { attempt in
          attempt.addTask { try? await bob.node.run(jitter: SystemPublicRandomness()) }
          let bell = bob.node.doorbell.listen()
          for _ in 0..<3 { try? await bell.wait(for: .milliseconds(100)) }
          attempt.cancelAll()
        }
      }
      group.addTask { try await bob.node.run(jitter: SystemPublicRandomness()) }
      let texts = try await alice.node.wait(atMost: .seconds(20)) { messenger -> [String]? in
        guard let bob = try messenger.contacts().first else { return nil }
        let texts = try messenger.messages(with: bob.id).compactMap { message -> String? in
          if case .text(let text) = message.body { text } else { nil }
        }
        return texts.count >= 20 ? texts : nil
      }
      #expect(texts == (0..<20).map(String.init))
      group.cancelAll()
    }
    await alice.node.close()
    await bob.node.close()
  }
}

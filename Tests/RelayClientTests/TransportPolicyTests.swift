import RelayClient
import Testing

@Suite struct `Which transport to take` {
  private let timing = TransportPolicy.Timing(
    earlyEnd: .seconds(20), firstTrial: .seconds(60), greatestTrial: .seconds(600))

  @Test func `a WebSocket as long as nothing speaks against it`() {
    var policy = TransportPolicy(timing)
    #expect(policy.transport == .webSocket)
    for hour in 0..<10 { policy.webSocketWasCut(after: .seconds(20), at: .seconds(hour * 3_600)) }
    #expect(policy.transport == .webSocket)
    #expect(policy.timeUntilTrial(at: .zero) == nil)
    let began = policy.beginTrial(at: .seconds(1_000_000))
    #expect(!began)
  }

  @Test func `long-poll at once when the upgrade is refused`() {
    var policy = TransportPolicy(timing)
    policy.webSocketFailed(at: .seconds(5))
    #expect(policy.transport == .longPoll)
    #expect(policy.timeUntilTrial(at: .seconds(6)) == .seconds(59))
  }

  @Test func `long-poll after two early ends in a row`() {
    var policy = TransportPolicy(timing)
    policy.webSocketWasCut(after: .seconds(19), at: .zero)
    #expect(policy.transport == .webSocket)
    policy.webSocketWasCut(after: .seconds(1), at: .zero)
    #expect(policy.transport == .longPoll)
  }

  @Test func `a WebSocket still, when one that lived lies between two early ends`() {
    var policy = TransportPolicy(timing)
    policy.webSocketWasCut(after: .seconds(1), at: .zero)
    policy.webSocketLived()
    policy.webSocketWasCut(after: .seconds(1), at: .zero)
    policy.webSocketWasCut(after: .seconds(30), at: .zero)
    policy.webSocketWasCut(after: .seconds(1), at: .zero)
    #expect(policy.transport == .webSocket)
  }

  @Test func `trials come at growing intervals, one at a time`() {
    var policy = TransportPolicy(timing)
    policy.webSocketFailed(at: .zero)
    var now = Duration.zero
    for interval in [60, 120, 240, 480, 600, 600] {
      #expect(policy.timeUntilTrial(at: now) == .seconds(interval))
      now += .seconds(interval)
      let early = policy.beginTrial(at: now - .milliseconds(1))
      #expect(!early)
      let began = policy.beginTrial(at: now)
      #expect(began)
      let again = policy.beginTrial(at: now)
      #expect(!again)
      policy.trialEnded(works: false, at: now)
      #expect(policy.transport == .longPoll)
    }
  }

  @Test func `a WebSocket again when a trial works, but not for long if it ends early again`() {
    var policy = TransportPolicy(timing)
    policy.webSocketFailed(at: .zero)
    let began = policy.beginTrial(at: .seconds(60))
    #expect(began)
    policy.trialEnded(works: true, at: .seconds(60))
    #expect(policy.transport == .webSocket)
    policy.webSocketWasCut(after: .seconds(3), at: .seconds(63))
    #expect(policy.transport == .longPoll)
    // The intervals go on growing.
    #expect(policy.timeUntilTrial(at: .seconds(63)) == .seconds(120))
  }

  @Test func `everything is forgotten when a WebSocket has lived`() {
    var policy = TransportPolicy(timing)
    policy.webSocketFailed(at: .zero)
    let began = policy.beginTrial(at: .seconds(60))
    #expect(began)
    policy.trialEnded(works: true, at: .seconds(60))
    policy.webSocketWasCut(after: .seconds(60), at: .seconds(120))
    policy.webSocketWasCut(after: .seconds(1), at: .seconds(130))
    #expect(policy.transport == .webSocket)
    policy.webSocketFailed(at: .seconds(140))
    #expect(policy.timeUntilTrial(at: .seconds(140)) == .seconds(60))
  }

  @Test func `a WebSocket when long-poll does not get through either`() {
    var policy = TransportPolicy(timing)
    policy.webSocketFailed(at: .zero)
    policy.longPollFailed()
    #expect(policy.transport == .webSocket)
  }
}

@Suite struct `Pins of TLS keys` {
  private let pin = String(repeating: "0a", count: 32)

  @Test(arguments: ["", "relay.example:443=PIN", "relay.example:443=PIN,[::1]:8443=PIN,relay.example:443=PIN"])
  func `are read`(text: String) throws { _ = try TLSPins(text.replacing("PIN", with: pin)) }

  @Test(arguments: [
    "PIN", "relay.example=PIN", "relay.example:443=", "relay.example:443=00", "relay.example:443=PINPIN",
    "relay.example:443=PIN,", ",relay.example:443=PIN", ",", "https://relay.example:443=PIN", "relay.example:443 = PIN",
  ])
  func `that are none are refused`(text: String) {
    #expect(throws: RelayTransportError.malformedPins) { try TLSPins(text.replacing("PIN", with: pin)) }
  }
}

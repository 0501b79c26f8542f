import RelayClient
import Testing

@Suite struct `Relay addresses` {
  @Test(arguments: [
    ("ws://127.0.0.1:8440", "127.0.0.1:8440"), ("ws://127.0.0.1:8440/", "127.0.0.1:8440"),
    ("WS://LocalHost:1", "localhost:1"), ("ws://[::1]:65535", "[::1]:65535"), ("ws://127.255.0.9:80", "127.255.0.9:80"),
  ])
  func `a loopback URL has one canonical route`(url: String, route: String) throws {
    let address = try RelayAddress(url: url)
    #expect(address.route == route)
    #expect(address.url == "ws://" + route)
    #expect(try RelayAddress(route: address.route) == address)
  }

  @Test(arguments: [
    "", "127.0.0.1:8440", "ws://", "ws://127.0.0.1", "ws://127.0.0.1:", "ws://127.0.0.1:0", "ws://127.0.0.1:08440",
    "ws://127.0.0.1:65536", "ws://127.0.0.1:+80", "ws://127.0.0.1:8440/v1/ws", "ws://127.0.0.1:8440?x",
    "ws://user@127.0.0.1:8440", "ws://127.0.0.1:8440#x", "ws://:8440", "ws://[]:8440", "ws://[::1:8440",
    "ws://löcalhost:8440", "ws://127.0.0.1 :8440", "ws://127.0.0.1:8440//", "ws://127.0.0.1:٨٠",
  ])
  func `what is no URL of a relay is refused`(url: String) {
    #expect(throws: RelayAddressError.malformed) { try RelayAddress(url: url) }
  }

  @Test(arguments: [
    ("wss://relay.example:443", "relay.example:443"), ("WSS://Relay.Example:1/", "relay.example:1"),
    ("wss://10.0.0.1:8440", "10.0.0.1:8440"), ("wss://128.0.0.1:80", "128.0.0.1:80"),
    ("wss://[2001:db8::1]:443", "[2001:db8::1]:443"), ("wss://127.0.0.1.example:80", "127.0.0.1.example:80"),
    ("wss://localhost.example:80", "localhost.example:80"), ("wss://onion:80", "onion:80"),
  ])
  func `every other URL has TLS`(url: String, route: String) throws {
    let address = try RelayAddress(url: url)
    #expect(address.route == route)
    #expect(address.url == "wss://" + route)
    #expect(address.protection == .tls)
    #expect(try RelayAddress(route: route) == address)
  }

  @Test func `an onion service has none`() throws {
    let address = try RelayAddress(url: "ws://\(String(repeating: "a", count: 56)).onion:80")
    #expect(address.protection == .plain)
    #expect(address.isOnion)
    #expect(throws: RelayAddressError.speaksPlain) { try RelayAddress(url: "wss://a.onion:80") }
  }

  @Test(arguments: [
    "ws://relay.example:80", "ws://10.0.0.1:8440", "ws://128.0.0.1:80", "ws://127.0.0.1.example:80",
    "ws://localhost.example:80", "ws://0.0.0.0:80", "ws://[fe80::1]:80", "ws://[::]:80", "ws://onion.example:80",
  ])
  func `what would need TLS is refused with that reason`(url: String) {
    #expect(throws: RelayAddressError.needsTLS) { try RelayAddress(url: url) }
  }

  @Test(arguments: ["wss://127.0.0.1:8440", "wss://localhost:1", "wss://[::1]:1"])
  func `loopback has TLS only where that is asked for`(url: String) throws {
    #expect(throws: RelayAddressError.speaksPlain) { try RelayAddress(url: url) }
    #expect(try RelayAddress(url: url, tlsOnLoopback: true).url == url)
    #expect(throws: RelayAddressError.needsTLS) { try RelayAddress(url: "ws" + url.dropFirst(3), tlsOnLoopback: true) }
  }

  @Test(arguments: [
    "127.1:80", "127.0.0.01:80", "0x7f.1:80", "127.0.0.256:80", "2130706433:80", "relay.example.:80",
    "relay..example:80",
    "[relay.example]:80", "[127.0.0.1]:80", "relay_example:80", "example.0x7f000001:80",
  ])
  func `an address in another spelling than the one is refused`(route: String) {
    #expect(throws: RelayAddressError.malformed) { try RelayAddress(route: route) }
  }

  @Test(arguments: ["http://127.0.0.1:80", "file://127.0.0.1:80", "://127.0.0.1:80"])
  func `another scheme is refused`(url: String) {
    #expect(throws: RelayAddressError.unsupportedScheme) { try RelayAddress(url: url) }
  }
}

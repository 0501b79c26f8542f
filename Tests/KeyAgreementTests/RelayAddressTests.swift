import ByteLayout
import KeyAgreement
import Testing

@Suite("Relay addresses (C1)") struct RelayAddressTests {
  @Test(arguments: [
    ("relay.example.org:443", "relay.example.org", 443), ("127.0.0.1:8440", "127.0.0.1", 8_440),
    ("[2001:db8::1]:65535", "2001:db8::1", 65_535), ("localhost:1", "localhost", 1),
    ("xn--bcher-kva.example:443", "xn--bcher-kva.example", 443),
    ("[::ffff:192.0.2.1]:443", "::ffff:192.0.2.1", 443),
    (
      "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion:80",
      "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion", 80
    ),
  ])
  func `a name, an IPv4 and an IPv6 address are read`(text: String, host: String, port: Int) throws {
    let address = try RelayAddress(validating: text)
    #expect(address.text == text)
    #expect(address.host == host)
    #expect(Int(address.port) == port)
  }

  @Test(arguments: [
    "", ":", "relay", "relay:", ":443", "relay:0", "relay:65536", "relay:0443", "relay:+1", "relay:44 3", "relay:1:2",
    "Relay.example:443", "rel_ay:443", "relay..example:443", ".relay:443", "relay.:443", "-relay:443", "relay-:443",
    "relay.example:443/", "user@relay:443", "ré:443", "rel%61y:443",
    // Every IPv4 form that resolvers take beside four decimal numbers.
    "127.1:443", "2130706433:443", "0x7f000001:443", "0x7f.0.0.1:443", "0177.0.0.1:443", "127.0.0.01:443",
    "256.0.0.1:443", "1.2.3.4.5:443", "1.2.3:443", "relay.example.1:443", "relay.0x1:443",
    "2001:db8::1:443", "[2001:db8::1:443", "[]:443", "[:::1]:443", "[1::2::3]:443", "[12345::]:443",
    "[fe80::1%eth0]:443",
    "[1:2:3:4:5:6:7]:443", "[1:2:3:4:5:6:7:8:9]:443", "[1:2:3:4:5:6:7:8::]:443", "[::G]:443", "[::FF]:443",
    "[1.2.3.4::]:443", "[::1.2.3]:443", "[1:2:3:4:5:6:7:]:443",
  ])
  func `anything but the one spelling is refused`(text: String) {
    #expect(throws: LayoutError.self) { try RelayAddress(validating: text) }
  }

  @Test func `the size is bounded`() throws {
    let label = String(repeating: "a", count: 62) + "."
    let name = label + label + label + String(repeating: "b", count: 61)
    #expect(try RelayAddress(validating: name + ":4430").text.utf8.count == 255)
    #expect(throws: LayoutError.tooLong(limit: 255, actual: 256)) { try RelayAddress(validating: name + ":44300") }
    #expect(throws: LayoutError.self) { try RelayAddress(validating: String(repeating: "a", count: 64) + ":443") }
  }

  @Test(arguments: [
    "localhost", "a.localhost", "printer", "nas.local", "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "[::]", "[::1]", "[fe80::1]",
    "[febf::1]", "[fc00::1]", "[fdff::1]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[64:ff9b::10.0.0.1]", "[::7f00:1]",
  ])
  func `loopback, private and link-local addresses are local`(host: String) throws {
    #expect(try RelayAddress(validating: "\(host):443").isLocal)
  }

  @Test(arguments: [
    "relay.example.org", "localhost.example.org", "8.8.8.8", "11.0.0.1", "126.0.0.1", "128.0.0.1", "172.15.0.1",
    "172.32.0.1", "192.167.1.1", "169.253.0.1", "100.63.0.1", "100.128.0.1", "[2001:db8::1]", "[fbff::1]",
    "[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]", "[ff02::1]",
  ])
  func `others are not`(host: String) throws {
    #expect(try !RelayAddress(validating: "\(host):443").isLocal)
  }
}

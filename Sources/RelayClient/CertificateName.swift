import NIOSSL

/// Whether a certificate is for a host by its name, read strictly (RFC 9525).
///
/// NIOSSL takes more than that: a certificate for the IP address that the socket happens to have, which is the proxy's, or
/// that of whoever answered a forged DNS query and has a certificate for an address of their own; and the common name where
/// there is nothing else. So the leaf is looked at once more, after NIOSSL and before a byte of ours is sent.
enum CertificateName {
  /// - Throws: ``RelayClientError/tls(_:)`` with `wrongHost` when none of the leaf's DNS names is `host`.
  static func check(_ leaf: NIOSSLCertificate, isFor host: String) throws(RelayClientError) {
    let isNamed = leaf._subjectAlternativeNames().contains { name in
      name.nameType == .dnsName && matches([UInt8](name.contents), host: [UInt8](host.utf8))
    }
    guard isNamed else { throw .tls(.wrongHost) }
  }

  /// Equal without regard to case, or `*.` and everything behind the host's first label, which has two labels at least.
  private static func matches(_ pattern: [UInt8], host: [UInt8]) -> Bool {
    let pattern = pattern.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    guard pattern.starts(with: "*.".utf8) else { return pattern == host }
    guard let dot = host.firstIndex(of: UInt8(ascii: ".")) else { return false }
    let parent = host[(dot + 1)...]
    return parent.contains(UInt8(ascii: ".")) && parent.elementsEqual(pattern.dropFirst(2))
  }
}

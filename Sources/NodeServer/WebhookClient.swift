import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
package import NodeInterface

/// Posts to the receivers of webhooks, each time on a connection of its own to an address that was judged.
package struct WebhookClient: WebhookTransport {
  package init() {}

  package func post(_ request: WebhookRequest) async -> WebhookOutcome {
    guard let url = URLComponents(string: request.url), let host = url.host else { return .failed(.unknownHost) }
    let addresses = await Self.addresses(of: host)
    guard let first = addresses.first else { return .failed(.unknownHost) }
    if !request.isInsecureAllowed {
      // All of them: what is asked next may get another answer.
      guard addresses.allSatisfy({ $0.kind != .refused }) else { return .failed(.refusedAddress) }
      guard url.scheme?.lowercased() == "https" || addresses.allSatisfy({ $0.kind == .loopback }) else {
        return .failed(.plaintext)
      }
    }
    return await Self.post(request, host: host, to: first.text)
  }

  private static func post(_ request: WebhookRequest, host: String, to address: String) async -> WebhookOutcome {
    let limit = TimeAmount(request.timeLimit)
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow, timeout: .init(connect: limit, read: limit, write: limit))
    // The name is not asked for again: it would be whatever its owner says then (DNS rebinding).
    configuration.dnsOverride = [host: address, "[\(host)]": address]
    configuration.httpVersion = .http1Only
    let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    var message = HTTPClientRequest(url: request.url)
    message.method = .POST
    for (name, value) in request.headers { message.headers.add(name: name, value: value) }
    message.headers.add(name: "Connection", value: "close")
    message.body = .bytes(ByteBuffer(bytes: request.body))
    let outcome: WebhookOutcome
    do {
      // What the receiver says beside its status is not read.
      outcome = .answered(Int(try await client.execute(message, timeout: limit).status.code))
    } catch let error as HTTPClientError where timeouts.contains(error) {
      outcome = .failed(.timeout)
    } catch { outcome = .failed(.unreachable) }
    // Ends the connection, also one whose answer is not over.
    try? await client.shutdown()  // The outcome is known; a connection that closes badly is gone too.
    return outcome
  }

  private static let timeouts: [HTTPClientError] = [
    .deadlineExceeded, .readTimeout, .connectTimeout, .writeTimeout, .tlsHandshakeTimeout,
    .getConnectionFromPoolTimeout,
  ]

  // MARK: Names

  private struct Address: Sendable {
    let text: String
    let kind: ReceiverAddress
  }

  /// Every address of a name, as the system knows them.
  private static func addresses(of host: String) async -> [Address] {
    // Looking up waits for others: not on a thread that others wait for.
    let found = try? await NIOThreadPool.singleton.runIfActive { look(up: host) }  // The process ends: no address.
    return found ?? []
  }

  private static func look(up host: String) -> [Address] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var addresses: [Address] = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ai_addr, let judged = judge(address) { addresses.append(judged) }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  private static func judge(_ address: UnsafeMutablePointer<sockaddr>) -> Address? {
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
        let bytes = withUnsafeBytes(of: pointer.pointee.sin_addr) { [UInt8]($0) }
        return Address(text: bytes.map(String.init).joined(separator: "."), kind: ReceiverAddress(bytes))
      }
    case AF_INET6:
      address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
        let bytes = withUnsafeBytes(of: pointer.pointee.sin6_addr) { [UInt8]($0) }
        let groups = stride(from: 0, to: 16, by: 2).map {
          String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return Address(text: groups.joined(separator: ":"), kind: ReceiverAddress(bytes))
      }
    default: nil
    }
  }
}

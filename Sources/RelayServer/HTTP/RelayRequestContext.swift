import Hummingbird
import Logging
import NIOCore
import RelayCore

/// What a route knows of a request beside the request itself. In memory only, and in no log.
struct RelayRequestContext: RequestContext {
  /// Where a context is made from.
  struct Source: RequestContextSource {
    let channel: any Channel
    let logger: Logger
  }

  var coreContext: CoreRequestContextStorage
  /// The part of the client's address that limits go by; nil for loopback and for a socket in the file system.
  let address: AddressPrefix?
  /// The connection.
  let channel: any Channel

  init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    address = AddressPrefix(source.channel.remoteAddress)
    channel = source.channel
  }
}

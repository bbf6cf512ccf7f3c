using System.ComponentModel;

namespace SocketIO.Gateway;

/// <summary>
/// What a gateway is told by <c>appsettings.json</c>, the environment (<c>SOCKETIO__SILO__CLUSTERING=Redis</c>) and the command line
/// (<c>--SocketIO:Silo:Clustering=Redis</c>), in the section <c>SocketIO</c>. Beside these there are <c>SocketIO:Server</c>, with the options of
/// <see cref="Server.SocketIOOptions"/>, and <c>SocketIO:Cluster</c>, with those of <see cref="Orleans.SocketIOClusterOptions"/>.
/// </summary>
public sealed class GatewayOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "SocketIO";

    /// <summary>Where clients are listened to: URLs whose host is an address, <c>localhost</c>, or <c>*</c> for all addresses. Default <c>http://localhost:3000</c>.</summary>
    public string[]? Listen { get; set; }

    /// <summary>The certificate of <c>https</c> addresses.</summary>
    public CertificateOptions? Certificate { get; set; }

    /// <summary>Namespaces that clients may join beside the main one, and beside those of <c>SocketIO:Cluster:Handlers</c>. Default: none.</summary>
    public string[]? Namespaces { get; set; }

    /// <summary>For how long a client that has lost its connection is expected back, with what it missed; 0 for not at all. At most 1 day; default 2 minutes.</summary>
    public TimeSpan RecoveryWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>After how long a connection is closed, to be made anew at whichever gateway; up to a tenth more, so that not all go at once. 1 minute or more; default: never.</summary>
    public TimeSpan? MaxConnectionAge { get; set; }

    /// <summary>
    /// Proxies before the gateway, by address or network (<c>10.0.0.0/8</c>), whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed. Default: none.
    /// </summary>
    public string[]? Proxies { get; set; }

    /// <summary>Which pages of other origins may use it. Default: none.</summary>
    public CrossOriginOptions? Cors { get; set; }

    /// <summary>How clients prove who they are. Default: they need not.</summary>
    public AuthenticationOptions? Authentication { get; set; }

    /// <summary>Health and metrics.</summary>
    public OperationsOptions Operations { get; set; } = new();

    /// <summary>The HTTP interface for back-ends. Default: there is none.</summary>
    public PublishOptions? Publish { get; set; }

    /// <summary>The silo that the gateway is.</summary>
    public SiloOptions Silo { get; set; } = new();
}

/// <summary>A certificate and its key.</summary>
public class CertificateOptions
{
    /// <summary>A PEM file, with all certificates of the chain, or a PKCS #12 file (<c>.pfx</c>, <c>.p12</c>).</summary>
    public string Path { get; set; } = "";

    /// <summary>The PEM file of the key, where it is not in <see cref="Path"/>.</summary>
    public string? KeyPath { get; set; }

    /// <summary>The password of the key or of the PKCS #12 file.</summary>
    [PasswordPropertyText(true)]
    public string? Password { get; set; }
}

/// <summary>Pages of other origins.</summary>
public sealed class CrossOriginOptions
{
    /// <summary>Their origins, such as <c>https://app.example.com</c>; <c>*</c> for all, which excludes <see cref="Credentials"/>.</summary>
    public string[] Origins { get; set; } = [];

    /// <summary>Whether they may send cookies.</summary>
    public bool Credentials { get; set; }
}

/// <summary>JSON Web Tokens, which clients give as <c>auth: { token }</c>, or in the <c>Authorization</c> header of the handshake.</summary>
public sealed class AuthenticationOptions
{
    /// <summary>The issuer whose keys are fetched by OpenID Connect's discovery, such as <c>https://login.example.com</c>. Either this or <see cref="SigningKey"/>.</summary>
    public string? Authority { get; set; }

    /// <summary>The secret of tokens that are signed by HMAC, in base64; 32 bytes or more. Either this or <see cref="Authority"/>.</summary>
    [PasswordPropertyText(true)]
    public string? SigningKey { get; set; }

    /// <summary>Who must have issued the tokens. Default: with <see cref="Authority"/> what its discovery says, else anybody who has the key.</summary>
    public string? Issuer { get; set; }

    /// <summary>For whom the tokens must be.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Whether clients without a token are refused. Default <see langword="true"/>.</summary>
    public bool Required { get; set; } = true;

    /// <summary>The claim that has the member's id, whose durable rooms the client then joins, such as <c>sub</c>. Default: clients are no members.</summary>
    public string? MemberClaim { get; set; }
}

/// <summary>Health and metrics, on an address of their own that is up before the silo and after it.</summary>
public sealed class OperationsOptions
{
    /// <summary>Where they are served. Default <c>http://localhost:9464</c>.</summary>
    public string Listen { get; set; } = "http://localhost:9464";

    /// <summary>The collector that metrics, traces and logs are sent to. Default: none.</summary>
    public OtlpOptions? Otlp { get; set; }
}

/// <summary>A collector that speaks OpenTelemetry's protocol. Headers, such as a key, are in the environment's <c>OTEL_EXPORTER_OTLP_HEADERS</c>.</summary>
public sealed class OtlpOptions
{
    /// <summary>Its address, such as <c>http://collector:4317</c>.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>How it is spoken to. Default <see cref="OtlpProtocol.Grpc"/>.</summary>
    public OtlpProtocol Protocol { get; set; }

    /// <summary>
    /// The share of traces that begin here, from 0 to 1: of clients and back-ends that began none. Whoever has begun one has decided about it. Default 0.01.
    /// </summary>
    public double TraceRatio { get; set; } = 0.01;
}

/// <summary>The forms of OpenTelemetry's protocol.</summary>
public enum OtlpProtocol
{
    /// <summary>gRPC, as a rule on port 4317.</summary>
    Grpc,

    /// <summary>HTTP, as a rule on port 4318.</summary>
    HttpProtobuf,
}

/// <summary>The HTTP interface for back-ends that are no Orleans clients.</summary>
public sealed class PublishOptions
{
    /// <summary>Where it is served: an address that clients do not reach. Default <c>http://localhost:3080</c>.</summary>
    public string Listen { get; set; } = "http://localhost:3080";

    /// <summary>The keys that back-ends show as <c>Authorization: Bearer …</c>; 32 characters or more each.</summary>
    [PasswordPropertyText(true)]
    public string[] Keys { get; set; } = [];

    /// <summary>The most requests a second of one key; more are answered with 429. Default 1000.</summary>
    public int MaxRequestsPerSecond { get; set; } = 1000;

    /// <summary>The most bytes of a request's body; a larger one is answered with 413. Default 1,000,000.</summary>
    public int MaxBodyBytes { get; set; } = 1_000_000;

    /// <summary>How long a request may wait for clients' answers. 1 ms to 5 minutes; default 1 minute.</summary>
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>How silos find each other.</summary>
public enum Clustering
{
    /// <summary>There is one silo, this one.</summary>
    Localhost,

    /// <summary>By a table in Redis.</summary>
    Redis,

    /// <summary>By tables in a database.</summary>
    AdoNet,
}

/// <summary>Where the cluster keeps what has to outlive it.</summary>
public enum StateStorage
{
    /// <summary>In a folder of this machine; for a silo that is alone.</summary>
    Folder,

    /// <summary>In Redis.</summary>
    Redis,

    /// <summary>In a database.</summary>
    AdoNet,
}

/// <summary>The database of <see cref="Clustering.AdoNet"/> and <see cref="StateStorage.AdoNet"/>.</summary>
public sealed class AdoNetOptions
{
    /// <summary>The driver, by ADO.NET's name for it: <c>Npgsql</c>, for PostgreSQL, which is the default and the only one that the gateway has.</summary>
    public string Invariant { get; set; } = "Npgsql";

    /// <summary>Where the database is, as the driver writes it: <c>Host=postgres;Database=socketio;Username=socketio;Password=…</c>.</summary>
    [PasswordPropertyText(true)]
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// Whether the gateway makes the tables that it needs, where the database has neither these nor those that Orleans' scripts make. Default
    /// <see langword="true"/>; otherwise it waits until somebody has run the scripts.
    /// </summary>
    public bool CreateTables { get; set; } = true;
}

/// <summary>The certificate that a silo shows to other silos and to Orleans clients, and whose certificates it takes from them.</summary>
public sealed class SiloTlsOptions : CertificateOptions
{
    /// <summary>A PEM file with the certificates of the authorities: who shows a certificate that one of these has signed is of the cluster.</summary>
    public string AuthorityPath { get; set; } = "";
}

/// <summary>The silo that the gateway is.</summary>
public sealed class SiloOptions
{
    /// <summary>How it finds the others. Default <see cref="Clustering.Localhost"/>.</summary>
    public Clustering Clustering { get; set; }

    /// <summary>Where state is kept. Default <see cref="StateStorage.Folder"/> with <see cref="Clustering.Localhost"/>, else where <see cref="Clustering"/> is.</summary>
    public StateStorage? Storage { get; set; }

    /// <summary>The folder of <see cref="StateStorage.Folder"/>. Default <c>state</c> in the working directory.</summary>
    public string Folder { get; set; } = "state";

    /// <summary>Redis's address and options, as StackExchange.Redis writes them: <c>redis:6379,password=…</c>. Default <c>localhost:6379</c>.</summary>
    [PasswordPropertyText(true)]
    public string Redis { get; set; } = "localhost:6379";

    /// <summary>The database, where there is one.</summary>
    public AdoNetOptions? AdoNet { get; set; }

    /// <summary>
    /// Whether the silo is a pod of Kubernetes: it has its name and address from <c>POD_NAME</c>, <c>POD_NAMESPACE</c> and <c>POD_IP</c>, its ids also from
    /// <c>ORLEANS_CLUSTER_ID</c> and <c>ORLEANS_SERVICE_ID</c>, and silos whose pod is gone are declared dead. Default <see langword="false"/>.
    /// </summary>
    public bool Kubernetes { get; set; }

    /// <summary>Encrypts what silos, and Orleans clients, send each other. Default: nothing does.</summary>
    public SiloTlsOptions? Tls { get; set; }

    /// <summary>The cluster's id: silos with another one are not of it. Default <c>socketio</c>.</summary>
    public string ClusterId { get; set; } = "socketio";

    /// <summary>The service's id, under which state is stored. Default <c>socketio</c>.</summary>
    public string ServiceId { get; set; } = "socketio";

    /// <summary>The address by which other silos reach this one. Default: the first of this machine that others may reach; with <see cref="Clustering.Localhost"/> the loopback.</summary>
    public string? Address { get; set; }

    /// <summary>The port for other silos. Default 11111.</summary>
    public int SiloPort { get; set; } = 11_111;

    /// <summary>The port for Orleans clients. Default 30000.</summary>
    public int ClientPort { get; set; } = 30_000;
}

using Microsoft.Extensions.Configuration;

namespace SocketIO.Gateway.Tests;

/// <summary>With a setting that can't work the gateway does not start, and says which, what it is, and what is allowed.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("Listn:0=http://*:1", "SocketIO:Listn is no setting; SocketIO has Admin, Authentication, Certificate, Cluster, Cors, Listen,")]
    [InlineData("Listen=http://*:1", "SocketIO:Listen is 'http://*:1'; allowed: several values, SocketIO:Listen:0, SocketIO:Listen:1 and so on")]
    [InlineData("Listen:0=example.com", "SocketIO:Listen:0 is 'example.com'; allowed: http:// or https:// and a host")]
    [InlineData("Listen:0=http://example.com:80", "SocketIO:Listen:0 is 'http://example.com:80'; allowed: http:// or https:// and a host")]
    [InlineData("Listen:0=https://*:443", "SocketIO:Listen:0 is 'https://*:443'; allowed: http://, as there is no certificate (SocketIO:Certificate:Path)")]
    [InlineData("Certificate:Path=/nowhere.pem", "SocketIO:Certificate:Path is '/nowhere.pem'; allowed: an existing file")]
    [InlineData("Namespaces:0=chat", "SocketIO:Namespaces:0 is 'chat'; allowed: a name with a leading slash")]
    [InlineData("Proxies:0=proxy", "SocketIO:Proxies:0 is 'proxy'; allowed: an IP address, or a network such as 10.0.0.0/8.")]
    [InlineData("Proxies:0=10.0.0.0/33", "SocketIO:Proxies:0 is '10.0.0.0/33'; allowed: an IP address, or a network such as 10.0.0.0/8.")]
    [InlineData("RecoveryWindow=120", "SocketIO:RecoveryWindow is '120'; allowed: a time such as 00:00:25")]
    [InlineData("RecoveryWindow=2.00:00:00", "SocketIO:RecoveryWindow is '2.00:00:00'; allowed: 0 to 1 day")]
    [InlineData("MaxConnectionAge=00:00:01", "SocketIO:MaxConnectionAge is '00:00:01'; allowed: 1 minute or more, or nothing")]
    [InlineData("Operations:Otlp:Endpoint=collector:4317", "SocketIO:Operations:Otlp:Endpoint is 'collector:4317'; allowed: an http:// or https:// URL.")]
    [InlineData("Operations:Otlp:Protocol=Thrift", "SocketIO:Operations:Otlp:Protocol is 'Thrift'; allowed: one of Grpc, HttpProtobuf.")]
    [InlineData("Operations:Otlp:TraceRatio=2", "SocketIO:Operations:Otlp:TraceRatio is '2'; allowed: 0 to 1.")]
    [InlineData("Operations:Listen=https://*:9464", "SocketIO:Operations:Listen is 'https://*:9464'; allowed: http://")]
    [InlineData("Cors:Credentials=maybe", "SocketIO:Cors:Credentials is 'maybe'; allowed: true or false")]
    [InlineData("Cors:Origins:0=app.example.com", "SocketIO:Cors:Origins:0 is 'app.example.com'; allowed: an origin such as https://app.example.com")]
    [InlineData("Cors:Origins:0=* Cors:Credentials=true", "SocketIO:Cors:Credentials is 'True'; allowed: false, where all origins are allowed")]
    [InlineData("Authentication:SigningKey=c2hvcnQ=", "SocketIO:Authentication:SigningKey is '…'; allowed: 32 bytes or more in base64")]
    [InlineData("Authentication:Authority=http://login.example.com", "SocketIO:Authentication:Authority is 'http://login.example.com'; allowed: an https:// URL")]
    [InlineData("Authentication:Authority=https://login.example.com", "SocketIO:Authentication:Audience is ''; allowed: the audience that the tokens name")]
    [InlineData("Admin:Username=admin", "SocketIO:Admin:PasswordHash is 'null'; allowed: a bcrypt hash of cost 4 to 16, such as $2b$12$ and 53 characters more.")]
    [InlineData("Admin:Username=admin Admin:PasswordHash=changeit", "SocketIO:Admin:PasswordHash is '…'; allowed: a bcrypt hash of cost 4 to 16")]
    [InlineData("Admin:PasswordHash:0=changeit", "SocketIO:Admin:PasswordHash is '…'; allowed: a text")]
    [InlineData("Admin:Mode=Verbose", "SocketIO:Admin:Mode is 'Verbose'; allowed: one of Production, Development")]
    [InlineData("Admin:ReadOnly=maybe", "SocketIO:Admin:ReadOnly is 'maybe'; allowed: true or false")]
    [InlineData("Admin:Password=changeit", "SocketIO:Admin:Password is no setting; SocketIO:Admin has AllowAnonymous, MaxEventBytes,")]
    [InlineData("Admin:AllowAnonymous=true Admin:Namespace=admin", "SocketIO:Admin:Namespace is 'admin'; allowed: a name of its own with a leading slash")]
    [InlineData("Admin:AllowAnonymous=true Admin:Namespace=/chat Namespaces:0=/chat", "SocketIO:Admin:Namespace is '/chat'; allowed: a namespace that is neither among the Namespaces nor has a handler")]
    [InlineData("Admin:AllowAnonymous=true Admin:Namespace=/chat Cluster:Handlers:/chat:GrainType=room", "SocketIO:Admin:Namespace is '/chat'; allowed: a namespace that is neither among the Namespaces nor has a handler")]
    [InlineData("Publish:Keys:0=secret", "SocketIO:Publish:Keys:0 is '…'; allowed: 32 characters or more")]
    [InlineData("Publish:MaxBodyBytes=1", "SocketIO:Publish:MaxBodyBytes is '1'; allowed: 1000 or more")]
    [InlineData("Publish:MaxBodyBytes=9999999999", "SocketIO:Publish:MaxBodyBytes is '9999999999'; allowed: a number from -2147483648 to 2147483647")]
    [InlineData("Silo:Clustering=Zookeeper", "SocketIO:Silo:Clustering is 'Zookeeper'; allowed: one of Localhost, Redis, AdoNet.")]
    [InlineData("Silo:Clustering=7", "SocketIO:Silo:Clustering is '7'; allowed: one of Localhost, Redis, AdoNet.")]
    [InlineData("Publish:Keys=a-secret", "SocketIO:Publish:Keys is '…'; allowed: several values")]
    [InlineData("Silo:Clustering=Redis Silo:Storage=Folder", "SocketIO:Silo:Storage is 'Folder'; allowed: Redis or AdoNet, as silos that find each other share their state")]
    [InlineData("Silo:Storage=Redis Silo:Redis=,,", "SocketIO:Silo:Redis is '…'; allowed: an address and options")]
    [InlineData("Silo:Clustering=AdoNet Silo:Storage=Folder", "SocketIO:Silo:Storage is 'Folder'; allowed: Redis or AdoNet, as silos that find each other share their state")]
    [InlineData("Silo:Clustering=AdoNet", "SocketIO:Silo:AdoNet:ConnectionString is ''; allowed: where the database is, as Npgsql writes it")]
    [InlineData("Silo:Storage=AdoNet Silo:AdoNet:ConnectionString=Database=socketio", "SocketIO:Silo:AdoNet:ConnectionString is '…'; allowed: where the database is")]
    [InlineData("Silo:Storage=AdoNet Silo:AdoNet:ConnectionString=Host=db;Pasword=secret", "SocketIO:Silo:AdoNet:ConnectionString is '…'; allowed: where the database is")]
    [InlineData("Silo:Storage=AdoNet Silo:AdoNet:Invariant=MySql.Data.MySqlClient Silo:AdoNet:ConnectionString=Host=db", "SocketIO:Silo:AdoNet:Invariant is 'MySql.Data.MySqlClient'; allowed: Npgsql")]
    [InlineData("Silo:AdoNet:CreateTables=perhaps", "SocketIO:Silo:AdoNet:CreateTables is 'perhaps'; allowed: true or false")]
    [InlineData("Silo:Kubernetes=true", "SocketIO:Silo:Clustering is 'Localhost'; allowed: Redis or AdoNet, with Silo:Kubernetes")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis Silo:Address=10.0.0.1", "SocketIO:Silo:Address is '10.0.0.1'; allowed: nothing, with Silo:Kubernetes")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis", "SocketIO:Silo:Kubernetes is 'True'; allowed: true in a pod whose environment has POD_NAME, from the downward API")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis", "SocketIO:Silo:Kubernetes is 'True'; allowed: true in a pod whose environment has POD_NAMESPACE, from the downward API")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis", "SocketIO:Silo:Kubernetes is 'True'; allowed: true in a pod whose environment has POD_IP, from the downward API")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis", "SocketIO:Silo:Kubernetes is 'True'; allowed: true in a pod that has a service account")]
    [InlineData("Silo:Kubernetes=true Silo:Clustering=Redis Silo:ClusterId=blue/1", "SocketIO:Silo:ClusterId is 'blue/1'; allowed: with Silo:Kubernetes, a label of Kubernetes")]
    [InlineData("Silo:Tls:Path=/nowhere.pem", "SocketIO:Silo:Tls:Path is '/nowhere.pem'; allowed: an existing file")]
    [InlineData("Silo:Tls:Path=/nowhere.pem", "SocketIO:Silo:Tls:AuthorityPath is ''; allowed: an existing file, with the certificate of the authority")]
    [InlineData("Silo:Tls:Path=/nowhere.pem Silo:Tls:KeyPath=/nowhere.key", "SocketIO:Silo:Tls:KeyPath is '/nowhere.key'; allowed: an existing file, or nothing")]
    [InlineData("Listen:0=http://localhost:0", "SocketIO:Listen:0 is 'http://localhost:0'; allowed: http:// or https:// and a host")]
    [InlineData("Operations:Listen=http://localhost:3000", "SocketIO:Operations:Listen is 'http://localhost:3000'; allowed: an address that is not listened to already")]
    [InlineData("Listen:0=http://*:9464 Operations:Listen=http://127.0.0.1:9464", "SocketIO:Operations:Listen is 'http://127.0.0.1:9464'; allowed: an address that is not listened to already")]
    [InlineData("Listen:0=http://*:11111", "SocketIO:Listen:0 is 'http://*:11111'; allowed: an address that is not listened to already")]
    [InlineData("MaxConnectionAge=24:00:00", "SocketIO:MaxConnectionAge is '24:00:00'; allowed: a time such as 00:00:25, hours first, which are at most 23; a day is 1.00:00:00.")]
    [InlineData("MaxConnectionAge=1:00:00:00", "SocketIO:MaxConnectionAge is '1:00:00:00'; allowed: a time such as")]
    [InlineData("Cluster:Partitions=2", "SocketIO:RecoveryWindow is '00:02:00'; allowed: 0, with Cluster:Partitions above 1: who comes back needs one order of all rooms.")]
    [InlineData("Cluster:Partitions=2 RecoveryWindow=0 Server:ConnectionStateRecovery:MaxPackets=5", "SocketIO:Server:ConnectionStateRecovery is 'set'; allowed: nothing, with Cluster:Partitions above 1")]
    [InlineData("Authentication=true", "SocketIO:Authentication is '…'; allowed: settings of its own, such as SocketIO:Authentication:Audience.")]
    [InlineData("Publish=true", "SocketIO:Publish is '…'; allowed: settings of its own")]
    [InlineData("Admin=true", "SocketIO:Admin is '…'; allowed: settings of its own")]
    [InlineData("Cors=*", "SocketIO:Cors is '*'; allowed: settings of its own, such as SocketIO:Cors:Credentials.")]
    [InlineData("Silo:Tls=/tls", "SocketIO:Silo:Tls is '…'; allowed: settings of its own")]
    [InlineData("Server=/socket.io", "SocketIO:Server is '/socket.io'; allowed: settings of its own")]
    [InlineData("Publish:Keys:0=11111111111111111111111111111111\n", "SocketIO:Publish:Keys:0 is '…'; allowed: 32 characters or more of ASCII")]
    [InlineData("Publish:Keys:0=11111111111111111111111111111111 Server:Path=/api/v1/live", "SocketIO:Server:Path is '/api/v1/live'; allowed: a path that is not below /api/v1, where back-ends publish.")]
    [InlineData("Silo:SiloPort=70000", "SocketIO:Silo:SiloPort is '70000'; allowed: 1 to 65535")]
    [InlineData("Silo:ClientPort=11111", "SocketIO:Silo:ClientPort is '11111'; allowed: 1 to 65535, and not the SiloPort")]
    [InlineData("Silo:Address=gateway", "SocketIO:Silo:Address is 'gateway'; allowed: an IP address")]
    [InlineData("Server:PingIntervall=00:00:25", "SocketIO:Server:PingIntervall is no setting; SocketIO:Server has AddTrailingSlash, AllowJsonp")]
    [InlineData("Server:PingInterval=soon", "SocketIO:Server:PingInterval is 'soon'; allowed: a time such as 00:00:25")]
    [InlineData("Server:Generations=Current,Version03", "SocketIO:Server:Generations is 'Current,Version03'; allowed: one or more of")]
    [InlineData("Server:AllowRequest=true", "SocketIO:Server:AllowRequest is no setting")]
    [InlineData("Server:HttpCompression:Threshold=some", "SocketIO:Server:HttpCompression:Threshold is 'some'; allowed: a number")]
    [InlineData("Cluster:Handlers:/chat:GrainTyp=room", "SocketIO:Cluster:Handlers:/chat:GrainTyp is no setting; SocketIO:Cluster:Handlers:/chat has GrainType, Key, MaxQueuedBytes")]
    [InlineData("Cluster:Handlers:/chat:Key=Room", "SocketIO:Cluster:Handlers:/chat:Key is 'Room'; allowed: one of Socket, Namespace")]
    public void A_setting_that_can_not_work_is_named_with_its_value_and_what_is_allowed(string settings, string problem)
    {
        var invalid = Assert.Throws<SettingsException>(() => GatewaySettings.Read(Configure(settings)));

        Assert.Contains(invalid.Problems, found => found.StartsWith(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("60s")]
    [InlineData("0")]
    [InlineData("-1")]
    public void The_hosts_time_to_stop_is_checked_too(string seconds)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ShutdownTimeoutSeconds", seconds)]).Build();

        var invalid = Assert.Throws<SettingsException>(() => GatewaySettings.Read(configuration));

        Assert.Equal([$"ShutdownTimeoutSeconds is '{seconds}'; allowed: a number of seconds, 1 or more."], invalid.Problems);
    }

    [Fact]
    public void All_problems_are_said_at_once()
    {
        var invalid = Assert.Throws<SettingsException>(() => GatewaySettings.Read(Configure("Namespaces:0=a Silo:SiloPort=0 MaxConnectionAge=00:00:00")));

        Assert.Equal(3, invalid.Problems.Count);
    }

    [Fact]
    public void What_is_not_said_has_a_default()
    {
        var options = GatewaySettings.Read(Configure(""));

        Assert.Equal("http://localhost:3000", Assert.Single(options.Listen!));
        Assert.Equal((Clustering.Localhost, StateStorage.Folder), (options.Silo.Clustering, options.Silo.Storage));
        Assert.Equal(StateStorage.AdoNet, GatewaySettings.Read(Configure("Silo:Clustering=AdoNet Silo:AdoNet:ConnectionString=Host=db")).Silo.Storage);
        Assert.Equal(StateStorage.Redis, GatewaySettings.Read(Configure("Silo:Clustering=Redis")).Silo.Storage);
    }

    [Fact]
    public void Settings_come_by_any_letter_case_as_the_environment_has_them()
    {
        var options = GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection([new("SOCKETIO:SILO:CLUSTERING", "redis"), new("SOCKETIO:LISTEN:0", "http://*:80")]).Build());

        Assert.Equal((Clustering.Redis, "http://*:80"), (options.Silo.Clustering, options.Listen![0]));
    }

    private static IConfiguration Configure(string settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static setting => setting.Split('=', 2)).Select(static pair => new KeyValuePair<string, string?>("SocketIO:" + pair[0], pair[1])))
        .Build();
}

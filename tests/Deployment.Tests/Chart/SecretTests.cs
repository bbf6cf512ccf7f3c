using System.Text;

namespace Deployment.Tests;

/// <summary>Secrets are in Secrets, and nowhere else.</summary>
public sealed class SecretTests
{
    public static TheoryData<string, string> Renderings => RenderingTests.Renderings;

    [Fact]
    public void What_is_secret_in_the_values_is_in_a_Secret_and_nowhere_else()
    {
        string[] secrets = ["ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZS1leGFtcGxl", "the-first-example-key-of-a-back-end", "the-second-example-key-of-a-back-end", "$2b$10$heqvAkYMez.Va6Et2uXInOnkCT6/uQj1brkrbyG3LpopDklcq7ZOS", "a-password-of-redis"];
        var rendering = Rendering.Of(Rendering.ValuesOf("authentication") + "\nredis: { auth: { password: a-password-of-redis } }\n");

        var kept = rendering.All("Secret").SelectMany(static secret => secret["data"].Map().Values).Select(static value => Encoding.UTF8.GetString(Convert.FromBase64String(value)));
        Assert.Equal(secrets.Order(StringComparer.Ordinal), kept.Order(StringComparer.Ordinal));
        Assert.All(
            rendering.Objects.Where(static found => found.Kind() != "Secret"),
            found => Assert.All(found.Texts(), text => Assert.DoesNotContain(secrets, secret => text.Text.Contains(secret, StringComparison.Ordinal) || text.Text.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)), StringComparison.Ordinal))));
    }

    [Theory]
    [MemberData(nameof(Renderings))]
    public void A_Secret_that_a_pod_reads_is_made_or_named_in_the_values(string set, string release)
    {
        var rendering = Rendering.OfSet(set, release);
        var made = rendering.All("Secret").SelectMany(static secret => secret["data"].Map().Keys.Select(key => (secret.Name(), key))).ToHashSet();
        var read =
            from found in rendering.Containers()
            from variable in found.Container["env"].Each()
            let reference = variable.At("valueFrom/secretKeyRef")
            where reference is not null
            select (Name: reference["name"]!.ToString(), Key: reference["key"]!.ToString());

        Assert.All(read, reference => Assert.True(made.Contains(reference) || Rendering.ValuesOf(set).Contains($": {reference.Name}\n", StringComparison.Ordinal), $"{reference} is neither made nor named."));
        // None is made that nobody reads.
        Assert.All(made, reference => Assert.Contains(reference, read));
    }

    [Fact]
    public void A_password_is_made_for_Redis_that_nobody_else_has()
    {
        static string PasswordOf(string values) => Rendering.Of(values).One("Secret", "redis")["data"].Map()["password"];

        Assert.Equal(32, Convert.FromBase64String(PasswordOf("# one\n{}")).Length);
        Assert.NotEqual(PasswordOf("# one\n{}"), PasswordOf("# another\n{}"));
    }

    [LookupFact]
    public void An_upgrade_keeps_the_password_that_was_made_for_Redis()
    {
        const string Made = """
            - apiVersion: v1
              kind: Secret
              metadata: { name: demo-socketio-orleans-redis, namespace: sockets }
              data: { password: bWFkZS1hdC10aGUtZmlyc3QtaW5zdGFsbGF0aW9u }
            """;

        string PasswordOf(string values) => Yaml.Read(Helm.TemplateWithObjects(Sources.Chart, "demo", values, Made)).Documents
            .Single(static found => found.Kind() == "Secret")["data"]!["password"]!.ToString();

        Assert.Equal("bWFkZS1hdC10aGUtZmlyc3QtaW5zdGFsbGF0aW9u", PasswordOf("{}"));
        // One that is named goes before it.
        Assert.Equal(Convert.ToBase64String("named"u8), PasswordOf("redis: { auth: { password: named } }"));
    }
}

// SPDX-License-Identifier: Apache-2.0
//
// What .NET's ZipArchive ("zip") and NuGet's own reader ("package") make of files; one path a line
// on standard input. Lines as read.h has them; of a package, facts as "=NAME VALUE" stand in front.
using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using NuGet.Packaging;
using NuGet.Packaging.Core;

static class Oracle
{
    static string Hex(byte[] bytes)
    {
        return string.Concat(bytes.Select(b => b.ToString("x2")));
    }

    static void Entry(string name, Func<Stream> open)
    {
        string said;
        try {
            using (var stream = open())
            using (var sha = SHA256.Create())
                said = Hex(sha.ComputeHash(stream));
        } catch (Exception e) {
            said = "!" + e.GetType().Name;
        }
        Console.WriteLine(Hex(Encoding.UTF8.GetBytes(name)) + " " + said);
    }

    static void Zip(string path)
    {
        using (var file = File.OpenRead(path))
        using (var archive = new ZipArchive(file, ZipArchiveMode.Read))
            foreach (var entry in archive.Entries)
                Entry(entry.FullName, entry.Open);
    }

    static void Fact(string name, string value)
    {
        Console.WriteLine("=" + name + " " + value);
    }

    static void Package(string path)
    {
        using (var reader = new PackageArchiveReader(path)) {
            var nuspec = reader.NuspecReader;
            var repository = nuspec.GetRepositoryMetadata();
            Fact("id", nuspec.GetId());
            Fact("version", nuspec.GetVersion().ToString());
            if (repository != null) {
                Fact("type", repository.Type);
                Fact("url", repository.Url);
                Fact("branch", repository.Branch);
                Fact("commit", repository.Commit);
            }
            Fact("content-hash", reader.GetContentHash(CancellationToken.None) ?? "");
            // The strict reader wants authors, which a symbols package has not.
            if (!nuspec.GetPackageTypes().Any(type => type.Name == "SymbolsPackage"))
                using (var stream = reader.GetNuspec())
                    Manifest.ReadFrom(stream, true);
            foreach (var name in reader.GetFiles())
                Entry(name, () => reader.GetStream(name));
        }
    }

    static void Main(string[] arguments)
    {
        string path;
        while ((path = Console.ReadLine()) != null) {
            try {
                if (arguments[0] == "zip")
                    Zip(path);
                else
                    Package(path);
                Console.WriteLine("end");
            } catch (Exception e) {
                Console.WriteLine("!" + e.GetType().Name + ": " + e.Message.Replace("\n", " ").Replace("\r", ""));
            }
        }
    }
}

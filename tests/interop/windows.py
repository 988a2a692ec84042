# SPDX-License-Identifier: Apache-2.0
"""Small files of the kinds that Windows verifies the signatures of: by hand, by wixl and by gcab."""

import base64
import hashlib
import os
import struct
import subprocess
import zipfile

import der
from documenting import write

INSTALLER = """<?xml version='1.0'?>
<Wix xmlns='http://schemas.microsoft.com/wix/2006/wi'>
 <Product Name='Widget' Id='ABCDDCBA-86C7-4D14-AEC0-86416A69ABDE' Language='1033' Codepage='1252'
   UpgradeCode='ABCDDCBA-7349-453F-94F6-BCB5110BA4FD' Version='1.0.0' Manufacturer='Acme'>
  <Package Id='*' Description='Widget' Manufacturer='Acme' InstallerVersion='100' Languages='1033'
    Compressed='yes' SummaryCodepage='1252'/>
  <Media Id='1' Cabinet='widget.cab' EmbedCab='yes'/>
  <Directory Id='TARGETDIR' Name='SourceDir'><Directory Id='ProgramFilesFolder'>
   <Directory Id='INSTALLDIR' Name='Acme'>
    <Component Id='C' Guid='ABCDDCBA-83F1-4F22-985B-FDB3C8ABD471'>
     <File Id='F' Name='readme.txt' DiskId='1' Source='readme.txt' KeyPath='yes'/>
    </Component>
   </Directory></Directory></Directory>
  <Feature Id='Complete' Level='1'><ComponentRef Id='C'/></Feature>
 </Product>
</Wix>
"""
CABINETS = (140_000, 600_000)  # bytes; osslsigncode leaves the cabinet behind what it makes of it
APPX = "http://schemas.microsoft.com/appx/2010/"
MANIFEST = f"""<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="{APPX}manifest"><Identity Name="Acme.Widget" Publisher="CN=Acme Corp"
 Version="1.0.0.0"/></Package>"""
TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml"
 ContentType="application/vnd.ms-appx.manifest+xml"/><Override PartName="/AppxBlockMap.xml"
 ContentType="application/vnd.ms-appx.blockmap+xml"/></Types>"""


def program(code=b"\xc3"):
    """A program for 64 bits with one section, which holds that code."""
    start = b"MZ" + bytes(58) + struct.pack("<I", 64)
    head = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    more = struct.pack("<HBBIIIII", 0x20b, 0, 0, 512, 0, 0, 0x1000, 0x1000)
    more += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0x140000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0,
                        0x2000, 0x200, 0, 3, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    more += bytes(128)
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", len(code), 0x1000, 512, 512, 0, 0, 0, 0,
                                           0x60000020)
    return (start + b"PE\0\0" + head + more + section).ljust(512, b"\0") + code.ljust(512, b"\0")


def catalogue(count=4):
    """The list of so many files' digests, which nobody has signed."""
    sha256 = der.seq(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)

    def member(number):
        digest = hashlib.sha256(b"%d" % number).digest()
        image = der.seq(der.tlv(3, b"\0"), der.explicit(0, der.explicit(2, der.implicit(0, b""))))
        indirect = der.seq(der.seq(der.oid("1.3.6.1.4.1.311.2.1.15"), image),
                           der.seq(sha256, der.octets(digest)))
        return der.seq(der.octets(digest), der.set_of(der.seq(
            der.oid("1.3.6.1.4.1.311.2.1.4"), der.set_of(indirect))))
    trusted = der.seq(der.seq(der.oid("1.3.6.1.4.1.311.12.1.1")), der.octets(b"0123456789abcdef"),
                      der.tlv(0x17, b"261201000000Z"),
                      der.seq(der.oid("1.3.6.1.4.1.311.12.1.3"), der.NULL),
                      der.seq(*(member(number) for number in range(count))))
    signed = der.seq(der.integer(1), der.set_of(),
                     der.seq(der.oid("1.3.6.1.4.1.311.10.1"), der.explicit(0, trusted)),
                     der.set_of())
    return der.seq(der.oid("1.2.840.113549.1.7.2"), der.explicit(0, signed))


def package(path):
    blocks = base64.b64encode(hashlib.sha256(MANIFEST.encode()).digest()).decode()
    block_map = (f'<?xml version="1.0" encoding="UTF-8"?>\n<BlockMap xmlns="{APPX}blockmap" '
                 'HashMethod="http://www.w3.org/2001/04/xmlenc#sha256"><File '
                 f'Name="AppxManifest.xml" Size="{len(MANIFEST)}" LfhSize="46"><Block '
                 f'Hash="{blocks}" Size="100"/></File></BlockMap>')
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("AppxManifest.xml", MANIFEST)
        file.writestr("AppxBlockMap.xml", block_map)
        file.writestr("[Content_Types].xml", TYPES)


def make_all(folder):
    """{ name: path } of one of each."""
    paths = {"widget" + end: os.path.join(folder, "widget" + end)
             for end in (".exe", ".msi", ".cab", ".cat", ".appx")}
    write(os.path.join(folder, "readme.txt"), b"hello\n")
    write(os.path.join(folder, "widget.wxs"), INSTALLER.encode())
    write(paths["widget.exe"], program())
    write(paths["widget.cat"], catalogue())
    jobs = [("wixl", "-o", paths["widget.msi"], "widget.wxs"),
            ("gcab", "-c", paths["widget.cab"], "readme.txt")]
    for size in CABINETS:
        name = f"widget-{size}.cab"
        paths[name] = os.path.join(folder, name)
        write(os.path.join(folder, f"{size}.bin"), bytes(i * i >> 8 & 255 for i in range(size)))
        jobs.append(("gcab", "-c", paths[name], f"{size}.bin"))
    for words in jobs:
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    package(paths["widget.appx"])
    return paths

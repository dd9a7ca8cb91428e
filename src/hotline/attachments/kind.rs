//! What a file is, by its content: whatever it is called, and whatever the
//! host says that it is.

macro_rules! kinds {
    ($($variant:ident $code:literal $label:literal $mime:literal $end:literal,)*) => {
        /// A kind of file that is kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::hotline) enum Kind {
            $(#[doc = $label] $variant,)*
        }

        impl Kind {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored word.
            pub(super) fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words on screen.
            pub(super) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// As what it is served.
            pub(in crate::hotline) fn mime(self) -> &'static str {
                match self { $(Self::$variant => $mime,)* }
            }

            /// How the name of what is saved ends.
            pub(in crate::hotline) fn end(self) -> &'static str {
                match self { $(Self::$variant => $end,)* }
            }
        }
    };
}

kinds! {
    Image "image" "图片" "image/jpeg" "jpg",
    Pdf "pdf" "PDF" "application/pdf" "pdf",
    Wav "wav" "录音" "audio/wav" "wav",
    Mp3 "mp3" "录音" "audio/mpeg" "mp3",
    Ogg "ogg" "录音" "audio/ogg" "ogg",
    Amr "amr" "录音" "audio/amr" "amr",
    M4a "m4a" "录音" "audio/mp4" "m4a",
}

impl Kind {
    /// Whether somebody is heard in it: whoever called can be told by the voice.
    pub(super) fn is_voice(self) -> bool {
        !matches!(self, Self::Image | Self::Pdf)
    }

    /// Reads the stored word.
    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// The kind of some content; none for what is not kept.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let at = |from: usize, mark: &[u8]| bytes.get(from..from + mark.len()) == Some(mark);
        let riff = |form: &[u8]| at(0, b"RIFF") && at(8, form);
        if at(0, b"\xff\xd8\xff") || at(0, b"\x89PNG\r\n\x1a\n") || riff(b"WEBP") {
            Some(Self::Image)
        } else if at(0, b"%PDF-") {
            Some(Self::Pdf)
        } else if riff(b"WAVE") {
            Some(Self::Wav)
        } else if at(0, b"ID3") || matches!(bytes, [0xff, 0xfb | 0xf3 | 0xf2, ..]) {
            Some(Self::Mp3)
        } else if at(0, b"OggS") {
            Some(Self::Ogg)
        } else if at(0, b"#!AMR") {
            Some(Self::Amr)
        } else if at(4, b"ftypM4A ") {
            Some(Self::M4a)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn a_file_is_what_its_content_says() {
        let known: [(&[u8], Kind); 8] = [
            (b"\xff\xd8\xff\xe0", Kind::Image),
            (b"\x89PNG\r\n\x1a\n", Kind::Image),
            (b"RIFF\0\0\0\0WEBP", Kind::Image),
            (b"%PDF-1.7", Kind::Pdf),
            (b"RIFF\0\0\0\0WAVEfmt ", Kind::Wav),
            (b"ID3\x04", Kind::Mp3),
            (b"#!AMR\n", Kind::Amr),
            (b"\0\0\0\x20ftypM4A \0", Kind::M4a),
        ];
        for (bytes, kind) in known {
            assert_eq!(Kind::of(bytes), Some(kind));
            assert_eq!(Kind::parse(kind.code()), Some(kind));
        }
        for other in [
            &b""[..],
            b"<html>",
            b"<svg",
            b"MZ\x90",
            b"PK\x03\x04",
            b"GIF89a",
            b"\0\0\0\x20ftypmp42",
        ] {
            assert_eq!(Kind::of(other), None, "{other:?}");
        }
    }
}

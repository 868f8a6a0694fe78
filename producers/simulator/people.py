"""Invented people: names, language, device and network, and their identities on the platforms.

Nobody here exists. A third speak Spanish, as in many programs; most come by phone
(93.8 % of people in intensive outpatient care own a mobile phone, 62.5 % live on under
10,000 dollars a year: PMC5861298).
"""

import unicodedata
from collections.abc import Iterator
from random import Random

from msgspec import Struct

from streams.events import Device, Network


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = _words(
    "Ben Carmen DeShawn Hana Joy Marcus Priya Tom Wen Omar Grace Ivan Sam Amir Kay Rui Bea Noor "
    "Dev Ada Caleb Dina Eli Faye Gus Hugo Iris Jonas Kira Leo Maya Nils Opal Pete Quinn Ruth Saul "
    "Tess Uma Vera Walt Yara Zack"
)
SPANISH = _words(
    "Ana Luis Rocío Marisol Jesús Lucía Mateo Inés Diego Paloma Ramón Teresa Andrés Belén Álvaro "
    "Consuelo Esteban Guadalupe Héctor Jimena Nicolás Pilar"
)
FAMILIES = _words(
    "Reyes King Diaz Parker Sato Thomas Mendez West Nair Baker Li Farah Torres Petrov Ortiz Khan "
    "Young Costa Bell Haddad Singh Brook Cole Dunn Ellis Frost Gray Hale Irwin Jost Kline Lane "
    "Moss Nolan Owens Pratt Quist Rowe Stone Tate Ueda Vance Wade Yates Zeller Bravo Campos Duarte"
)
CARRIERS = ("acme", "northcell", "plainfone", "valley")

LAPTOP = Device(kind="desktop", os="windows", browser="edge")
TABLET = Device(kind="tablet", os="ios", browser="safari")
ANDROID = Device(kind="phone", os="android", browser="chrome")
IPHONE = Device(kind="phone", os="ios", browser="safari")


class Person(Struct, frozen=True):
    """`person_id` is the clinic's own id; everything else never leaves the edge."""

    person_id: str
    given: str
    family: str
    language: str
    device: Device
    network: Network

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return f"{plain.lower().replace(' ', '.')}.{self.person_id.lower()}@people.example"

    @property
    def phone(self) -> str:
        """Of the numbers that are kept for fiction (555-0100 to 0199)."""
        return f"+1 555 010 01{int(self.person_id[1:]) % 100:02}"

    def identity(self, platform: str) -> str:
        """What the platform calls the person: an identity in a token, or an address."""
        return self.email if platform == "zoom" else f"{platform}-{self.person_id.lower()}"


def patients(random: Random) -> Iterator[Person]:
    """People without end, each name once; the same seed, the same people."""
    pairs = [(given, family) for given in (*ENGLISH, *SPANISH) for family in FAMILIES]
    random.shuffle(pairs)
    for number, (given, family) in enumerate(pairs, start=1):
        yield _made(f"P{number:04}", given, family, random)


def hosts(random: Random) -> Iterator[Person]:
    """Clinicians; by cable, at a desk."""
    givens = ["Dana", "Rosa", "Miguel", "Ellen", "Paul", "Sofía", "Gwen", "Tariq", "Nora", "Ian"]
    families = list(FAMILIES)
    random.shuffle(families)
    for number, family in enumerate(families, start=1):
        given = givens[(number - 1) % len(givens)]
        language = "es" if given in ("Rosa", "Miguel", "Sofía") else "en"
        yield Person(f"S{number:03}", given, family, language, LAPTOP, Network(type="ethernet"))


def _made(person_id: str, given: str, family: str, random: Random) -> Person:
    language = "es" if given in SPANISH and random.random() < 0.8 else "en"
    device = random.choices((ANDROID, IPHONE, LAPTOP, TABLET), (45, 25, 22, 8))[0]
    mobile = device.kind == "phone" and random.random() < 0.5
    network = (
        Network(type="cellular", carrier=random.choice(CARRIERS), region="az")
        if mobile
        else Network(type="wifi", region="az")
    )
    return Person(person_id, given, family, language, device, network)

//! Names people in the sample world have: common ones, put together by chance, so they are nobody's.

/// A name as it is written at home, and in the letters of an e-mail address.
pub(super) type Name = (&'static str, &'static str);

/// Given and family names that go together.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) given: &'static [Name],
    pub(super) family: &'static [Name],
}

/// Pairs of given names one letter apart: what a till operator mixes up. None of them
/// stands in a list below, so that no third person has the address of one of them.
pub(super) const TWINS: &[(Name, Name)] = &[
    (("Lena", "lena"), ("Lina", "lina")),
    (("Maria", "maria"), ("Marta", "marta")),
    (("Jan", "jan"), ("Jon", "jon")),
    (("Tim", "tim"), ("Tom", "tom")),
    (("Anne", "anne"), ("Anna", "anna")),
];

/// Austria, Germany and Switzerland.
pub(super) static GERMAN: Names = Names {
    given: &[
        ("Antonia", "antonia"),
        ("Ben", "ben"),
        ("Clara", "clara"),
        ("David", "david"),
        ("Elif", "elif"),
        ("Emil", "emil"),
        ("Eva", "eva"),
        ("Felix", "felix"),
        ("Finn", "finn"),
        ("Greta", "greta"),
        ("Hannah", "hannah"),
        ("Ida", "ida"),
        ("Jakob", "jakob"),
        ("Jonas", "jonas"),
        ("Jörg", "joerg"),
        ("Julia", "julia"),
        ("Katrin", "katrin"),
        ("Lea", "lea"),
        ("Leon", "leon"),
        ("Lukas", "lukas"),
        ("Mara", "mara"),
        ("Max", "max"),
        ("Mia", "mia"),
        ("Nele", "nele"),
        ("Noah", "noah"),
        ("Paul", "paul"),
        ("Petra", "petra"),
        ("Rosa", "rosa"),
        ("Sabine", "sabine"),
        ("Stefan", "stefan"),
        ("Tilda", "tilda"),
        ("Uwe", "uwe"),
        ("Vera", "vera"),
        ("Yusuf", "yusuf"),
        ("Zoë", "zoe"),
        ("Björn", "bjoern"),
    ],
    family: &[
        ("Albrecht", "albrecht"),
        ("Baumann", "baumann"),
        ("Berger", "berger"),
        ("Brandt", "brandt"),
        ("Dietrich", "dietrich"),
        ("Ebner", "ebner"),
        ("Fischer", "fischer"),
        ("Frei", "frei"),
        ("Graf", "graf"),
        ("Gruber", "gruber"),
        ("Haas", "haas"),
        ("Hofer", "hofer"),
        ("Huber", "huber"),
        ("Jäger", "jaeger"),
        ("Kaiser", "kaiser"),
        ("Keller", "keller"),
        ("Köhler", "koehler"),
        ("Kraus", "kraus"),
        ("Lang", "lang"),
        ("Lorenz", "lorenz"),
        ("Maurer", "maurer"),
        ("Moser", "moser"),
        ("Müller", "mueller"),
        ("Pichler", "pichler"),
        ("Roth", "roth"),
        ("Schäfer", "schaefer"),
        ("Seidel", "seidel"),
        ("Sommer", "sommer"),
        ("Stein", "stein"),
        ("Vogel", "vogel"),
        ("Wagner", "wagner"),
        ("Weber", "weber"),
        ("Wirth", "wirth"),
        ("Zimmermann", "zimmermann"),
        ("Yılmaz", "yilmaz"),
        ("Şahin", "sahin"),
        ("von der Heide", "vonderheide"),
        ("Groß", "gross"),
    ],
};

/// The Netherlands.
pub(super) static DUTCH: Names = Names {
    given: &[
        ("Daan", "daan"),
        ("Sanne", "sanne"),
        ("Bram", "bram"),
        ("Fleur", "fleur"),
        ("Joost", "joost"),
        ("Lotte", "lotte"),
        ("Ruben", "ruben"),
        ("Noor", "noor"),
        ("Sem", "sem"),
        ("Anouk", "anouk"),
        ("Thijs", "thijs"),
        ("Maud", "maud"),
        ("Koen", "koen"),
        ("Zoë", "zoe"),
    ],
    family: &[
        ("de Vries", "devries"),
        ("Jansen", "jansen"),
        ("van den Berg", "vandenberg"),
        ("Bakker", "bakker"),
        ("Visser", "visser"),
        ("Smit", "smit"),
        ("Mulder", "mulder"),
        ("Bos", "bos"),
        ("Peeters", "peeters"),
        ("Dekker", "dekker"),
        ("van Dijk", "vandijk"),
        ("Kuipers", "kuipers"),
        ("'t Hart", "thart"),
    ],
};

/// Poland.
pub(super) static POLISH: Names = Names {
    given: &[
        ("Zofia", "zofia"),
        ("Jakub", "jakub"),
        ("Małgorzata", "malgorzata"),
        ("Paweł", "pawel"),
        ("Agnieszka", "agnieszka"),
        ("Michał", "michal"),
        ("Kasia", "kasia"),
        ("Tomasz", "tomasz"),
        ("Łucja", "lucja"),
        ("Wojciech", "wojciech"),
        ("Ewa", "ewa"),
        ("Piotr", "piotr"),
        ("Hanna", "hanna"),
        ("Staś", "stas"),
    ],
    family: &[
        ("Nowak", "nowak"),
        ("Kowalska", "kowalska"),
        ("Wiśniewski", "wisniewski"),
        ("Wójcik", "wojcik"),
        ("Kamińska", "kaminska"),
        ("Zieliński", "zielinski"),
        ("Szymańska", "szymanska"),
        ("Dąbrowski", "dabrowski"),
        ("Mazur", "mazur"),
        ("Krawczyk", "krawczyk"),
        ("Żak", "zak"),
        ("Pająk", "pajak"),
        ("Gołąb", "golab"),
    ],
};

/// The United Arab Emirates.
pub(super) static ARABIC: Names = Names {
    given: &[
        ("ليلى", "layla"),
        ("أحمد", "ahmad"),
        ("فاطمة", "fatima"),
        ("يوسف", "yousef"),
        ("مريم", "maryam"),
        ("خالد", "khalid"),
        ("نور", "nour"),
        ("عمر", "omar"),
        ("سلمى", "salma"),
        ("حسن", "hassan"),
        ("هدى", "huda"),
        ("إبراهيم", "ibrahim"),
    ],
    family: &[
        ("المنصوري", "almansoori"),
        ("الهاشمي", "alhashimi"),
        ("حداد", "haddad"),
        ("النجار", "alnajjar"),
        ("الزعابي", "alzaabi"),
        ("خوري", "khoury"),
        ("الكعبي", "alkaabi"),
        ("سالم", "salem"),
        ("درويش", "darwish"),
        ("الشامسي", "alshamsi"),
    ],
};

/// Thailand.
pub(super) static THAI: Names = Names {
    given: &[
        ("สมชาย", "somchai"),
        ("มาลี", "malee"),
        ("อรุณ", "arun"),
        ("กานดา", "kanda"),
        ("ธนกร", "thanakorn"),
        ("ปรียา", "preeya"),
        ("วิชัย", "wichai"),
        ("ศิริพร", "siriporn"),
        ("ณัฐ", "nat"),
        ("ดารา", "dara"),
    ],
    family: &[
        ("ศรีสุข", "srisuk"),
        ("แก้วมณี", "kaewmanee"),
        ("บุญมา", "boonma"),
        ("ทองดี", "thongdee"),
        ("วงศ์ใหญ่", "wongyai"),
        ("พรหมมา", "promma"),
        ("จันทร์เพ็ญ", "chanpen"),
        ("สายทอง", "saithong"),
    ],
};

/// Kazakhstan, in Cyrillic letters.
pub(super) static KAZAKH: Names = Names {
    given: &[
        ("Айгүл", "aigul"),
        ("Нұрлан", "nurlan"),
        ("Әсел", "assel"),
        ("Ержан", "yerzhan"),
        ("Динара", "dinara"),
        ("Тимур", "timur"),
        ("Жанна", "zhanna"),
        ("Алексей", "alexey"),
        ("Мадина", "madina"),
        ("Ольга", "olga"),
    ],
    family: &[
        ("Ахметов", "akhmetov"),
        ("Серікбай", "serikbay"),
        ("Қасымов", "kassymov"),
        ("Оспан", "ospan"),
        ("Жұмабай", "zhumabay"),
        ("Ким", "kim"),
        ("Иванова", "ivanova"),
        ("Әбілов", "abilov"),
    ],
};

/// Bulgaria, in Cyrillic letters.
pub(super) static BULGARIAN: Names = Names {
    given: &[
        ("Елена", "elena"),
        ("Георги", "georgi"),
        ("Мария", "mariya"),
        ("Иван", "ivan"),
        ("Десислава", "desislava"),
        ("Димитър", "dimitar"),
        ("Радка", "radka"),
        ("Христо", "hristo"),
        ("Яна", "yana"),
        ("Пламен", "plamen"),
    ],
    family: &[
        ("Димитрова", "dimitrova"),
        ("Петров", "petrov"),
        ("Георгиев", "georgiev"),
        ("Стоянова", "stoyanova"),
        ("Колев", "kolev"),
        ("Ангелова", "angelova"),
        ("Тодоров", "todorov"),
        ("Желев", "zhelev"),
    ],
};

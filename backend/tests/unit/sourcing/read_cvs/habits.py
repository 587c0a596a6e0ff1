"""CVs as text whose writers have habits: labels, numbers, small letters, publications, tables of work."""

# ruff: noqa: RUF001 - typography as it comes

from tests.unit.sourcing.read_cvs.sample import Sample, Says

FRESHER = """\
RESUME

PRIYANKA DESHMUKH
E-mail: priyanka.d@example.org
Contact No: +91-9822055512

CAREER OBJECTIVE:
Seeking a challenging position in a reputed organization where I can learn new skills.

EDUCATIONAL QUALIFICATION:
Degree            Institute                                Year      Percentage
B.E. (IT)         Pune Institute of Computer Technology    2021      8.4 CGPA
H.S.C             Fergusson Junior College                 2017      86%
S.S.C             Modern High School                       2015      91%

WORK EXPERIENCE:
Company: Zenlytics Solutions Pvt. Ltd., Pune
Designation: Associate Software Engineer
Duration: Aug 2021 - Till Date
Responsibilities:
- Developing REST APIs in Spring Boot and MySQL.
- Unit testing with JUnit.

INTERNSHIP:
Company: CodeNest
Role: Web Development Intern
Duration: Jan 2021 - June 2021
- Worked on html, css, javascript and react.

TECHNICAL SKILLS:
Programming Languages : java, python, c++
Web : html, css, javascript, react
Database : mysql, mongodb
Tools : git, jenkins, postman

ACADEMIC PROJECTS:
1) Smart Parking using IoT (2020): Arduino, Raspberry Pi
2) Fake news detection (2021): machine learning with scikit-learn

STRENGTHS: Quick learner, Team player
HOBBIES: Cooking, sketching, Animation movies
PERSONAL DETAILS:
Date of Birth: 03/04/1999
Languages Known: English, Hindi, Marathi
DECLARATION:
I hereby declare that the above information is true.
"""

DBA_JOBS = """\
Kwame Boateng
Senior Database Administrator
Accra | kwame@example.org

Summary: DBA with 13 years in telecoms and banking.

Core competencies: Oracle, PostgreSQL, SQL Server, RAC, Data Guard, performance tuning, bash, ansible

PROFESSIONAL EXPERIENCE:

1. VOLTA TELECOM LTD (Mar 2018 - date)
   Position: Senior Database Administrator
   Duties:
   * Administer 40 Oracle and PostgreSQL databases
   * Backup automation with Ansible
   Environment: Oracle 19c, PostgreSQL 14, Ansible, Linux

2. GOLDEN COAST BANK (Jan 2013 - Feb 2018)
   Position: Database Administrator
   Duties:
   * SQL Server migrations
   Environment: SQL Server 2012/2016, PowerShell

EDUCATION:
BSc Computer Science, Kwame Nkrumah University of Science and Technology (2008 - 2012)

CERTIFICATIONS:
Oracle Certified Professional (OCP), 2015
Microsoft Certified: Azure Database Administrator Associate, 2021

REFEREES:
1. Ms. Efua Mensah, Head of Data Governance, Volta Telecom
"""

HVAC = """\
DeShawn Carter
Norfolk, VA | 757-555-0161 | dcarter@example.org

Licensed HVAC technician and former Navy electrician's mate.

WORK HISTORY
HVAC Service Technician - Tidewater Comfort Inc. - Norfolk, VA
Sept. 2014 to date
* Install and service heat pumps, chillers and rooftop units
* Trained 6 apprentices; first-time fix rate 94%

Electrician's Mate, 2nd Class - United States Navy - USS Wasp
June 2008 - Aug 2014
* Preventive maintenance of motors and generators
* Supervised a shop of 9

Summer 2007
Dock hand - Willoughby Marina

LICENSES AND CERTIFICATIONS
Virginia Journeyman HVAC License, 2016
EPA 608 Universal (2014)
OSHA 30

EDUCATION
Tidewater Community College - Certificate, HVAC Technology - 2015
Granby High School, Norfolk - diploma - 2008

SKILLS
Brazing & welding, refrigerant recovery, blueprint reading, customer service, ServiceTitan, MS Word

REFERENCES
Available upon request
"""

FRONTEND = """\
# yuki tanaka
frontend developer, osaka → berlin

hi@example.org · [portfolio](https://yuki.example)

## about
i make fast, accessible web apps. six years, three countries.

## work
**frontend developer**, Kiezkarte GmbH, berlin
*apr 2022 - now*
- map ui in react and typescript, storybook for 60 components
- accessibility audits (wcag 2.2)

stack: react, typescript, next.js, storybook, cypress

**web developer**, Hanami Studio, osaka
*apr 2019 - mar 2022*
- shops for small breweries

stack: vue.js, php, laravel, mysql

## education
b.a. media informatics, Kansai University, 2015 - 2019

## languages
japanese (native), english (c1), german (b1)

## talks
"why i gave up on angular", web camp, 2023

## fun
analog photography, sketching, sourdough
"""

TABLES = """\
# Håkon Lie

Data engineer — Trondheim, Norway

| | |
|---|---|
| E-mail | hakon@example.org |
| GitHub | https://github.com/hlie |

## Experience

| Period | Role | Company | Tech |
|--------|------|---------|------|
| 2021-08 – present | Senior Data Engineer | Fjellkraft AS | dbt, Snowflake, Airflow |
| 2018-01 – 2021-07 | Data Engineer | Nordlaks Analytics | Spark, Scala, Kafka |
| 2016-06 – 2017-12 | BI Developer | Kystbanken | SQL Server, Power BI |

## Education

- **MSc Computer Science**, NTNU, 2014–2016
- **BSc Informatics**, University of Oslo, 2011–2014

## Certifications

- SnowPro Core (2022)
- dbt Analytics Engineering, 2023

## Languages

Norwegian (native) · English (fluent) · German (A2)

## Publications

1. Lie, H. *Reinforcement learning for reservoir scheduling*. 2016.
"""

SOCIAL_WORKER = """\
Maria-Elena Ruiz, LCSW
Licensed Clinical Social Worker
San Antonio, Texas - 210.555.0188 - meruiz@example.org

PROFESSIONAL PROFILE
Bilingual clinical social worker with experience in hospital discharge planning, child welfare and psychotherapy.

PROFESSIONAL EXPERIENCE

Sept. 2014 to date: Clinical Social Worker, Mission Trails Medical Center, San Antonio TX
Discharge planning for oncology patients. Supervise MSW interns. Facilitation of bereavement groups.

Aug. 2010 to July 2014: Case Manager, Bexar Family Services
Home visits, court reports, data entry in state systems.

Fall 2009 - Spring 2010: Intern, Casa Esperanza

EDUCATION
Master of Social Work, University of Texas at San Antonio, 2010
B.A. Psychology, St. Mary's University, 2007

LICENSES & CERTIFICATIONS
LCSW, Texas State Board, #55501 (2013)
Certified Clinical Trauma Professional (CCTP), 2019

LANGUAGES
English, Spanish (both native)

HOBBIES
Horticulture, salsa, photography

REFEREES
Dr. Anna Bell, Radiology, Mission Trails Medical Center
Tom Fields, Director of Human Resources, Bexar Family Services
"""

HABITS = [
    Sample(
        "a-fresher.txt",
        FRESHER.encode(),
        Says(
            years=5.8,
            positions=(
                "Associate Software Engineer | Zenlytics Solutions Pvt. Ltd. | 2021-08 | now",
                "Web Development Intern | CodeNest | 2021-01 | 2021-06",
            ),
            languages={"English": None, "Hindi": None, "Marathi": None},
            education=(
                "B.E. (IT) | Pune Institute of Computer Technology | 2021",
                "H.S.C | Fergusson Junior College | 2017",
                "S.S.C | Modern High School | 2015",
            ),
            skills={
                "Spring": 5.3,
                "MySQL": 5.3,
                "Unit testing": 5.3,
                "React": 0.5,
                "JavaScript": 0.5,
                "Java": None,
                "Python": None,
                "C++": None,
                "MongoDB": None,
                "Git": None,
                "Jenkins": None,
                "scikit-learn": None,
                "Arduino": None,
            },
            never=("DESHMUKH",),
        ),
    ),
    Sample(
        "numbered-employers.txt",
        DBA_JOBS.encode(),
        Says(
            years=13.9,
            positions=(
                "Senior Database Administrator | VOLTA TELECOM LTD | 2018-03 | now",
                "Database Administrator | GOLDEN COAST BANK | 2013-01 | 2018-02",
            ),
            education=("BSc Computer Science | Kwame Nkrumah University of Science and Technology | 2012",),
            certificates=(
                "Oracle Certified Professional",
                "Azure Database Administrator Associate",
            ),
            skills={
                "PostgreSQL": 8.8,
                "Ansible": 8.8,
                "Linux": 8.8,
                "Microsoft SQL Server": 5.2,
                "PowerShell": 5.2,
                "Oracle Database": 8.8,
            },
            headline="Senior Database Administrator",
            never=("Boateng",),
        ),
    ),
    Sample(
        "dashes-between.txt",
        HVAC.encode(),
        Says(
            years=18.8,
            positions=(
                "HVAC Service Technician | Tidewater Comfort Inc. | 2014-09 | now",
                "Electrician's Mate, 2nd Class | United States Navy | 2008-06 | 2014-08",
                "Dock hand | Willoughby Marina | 2007-06 | 2007-08",
            ),
            education=(
                "Certificate | Tidewater Community College | 2015",
                "diploma | Granby High School | 2008",
            ),
            certificates=(
                "Virginia Journeyman HVAC License",
                "EPA 608 Universal",
                "OSHA 30",
            ),
            skills={"Welding": None, "Customer service": None, "Microsoft Word": None},
            never=("DeShawn",),
        ),
    ),
    Sample(
        "small-letters.md",
        FRONTEND.encode(),
        Says(
            years=7.7,
            positions=(
                "frontend developer | Kiezkarte GmbH | 2022-04 | now",
                "web developer | Hanami Studio | 2019-04 | 2022-03",
            ),
            languages={"Japanese": "native", "English": "C1", "German": "B1"},
            education=("b.a. media informatics | Kansai University | 2019",),
            skills={
                "React": 4.7,
                "TypeScript": 4.7,
                "Next.js": 4.7,
                "Storybook": 4.7,
                "Cypress": 4.7,
                "Vue.js": 3.0,
                "PHP": 3.0,
                "Laravel": 3.0,
                "MySQL": 3.0,
                "Web accessibility": None,
            },
            never=("tanaka", "Angular", "hotography"),
        ),
    ),
    Sample(
        "table-of-work.md",
        TABLES.encode(),
        Says(
            years=10.5,
            positions=(
                "Senior Data Engineer | Fjellkraft AS | 2021-08 | now",
                "Data Engineer | Nordlaks Analytics | 2018-01 | 2021-07",
                "BI Developer | Kystbanken | 2016-06 | 2017-12",
            ),
            languages={"Norwegian": "native", "English": "fluent", "German": "A2"},
            education=(
                "MSc Computer Science | NTNU | 2016",
                "BSc Informatics | University of Oslo | 2014",
            ),
            certificates=(
                "SnowPro Core",
                "dbt Analytics Engineering",
            ),
            skills={"Snowflake": 5.3, "Apache Airflow": 5.3, "Apache Spark": 3.6, "Scala": 3.6, "Power BI": 1.6},
            never=("Håkon", "einforcement"),
        ),
    ),
    Sample(
        "dates-and-colons.txt",
        SOCIAL_WORKER.encode(),
        Says(
            years=17.0,
            positions=(
                "Clinical Social Worker | Mission Trails Medical Center | 2014-09 | now",
                "Case Manager | Bexar Family Services | 2010-08 | 2014-07",
                "Intern | Casa Esperanza | 2009-09 | 2010-05",
            ),
            languages={"English": "native", "Spanish": "native"},
            education=(
                "Master of Social Work | University of Texas at San Antonio | 2010",
                "B.A. Psychology | St. Mary's University | 2007",
            ),
            certificates=(
                "LCSW",
                "Certified Clinical Trauma Professional",
            ),
            skills={"Psychotherapy": None, "Facilitation": 12.2, "Data entry": 4.0, "Social work": None},
            headline="Licensed Clinical Social Worker",
            never=("Ruiz",),
        ),
    ),
]
